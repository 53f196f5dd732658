import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { Database } from '../../platform/database/database.js';
import { violatedConstraint } from '../../platform/database/database-errors.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { creationOf, toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { LabelChanged } from './label.events.js';
import { toLabelView } from './label.view.js';
import type { LabelView } from './label.view.js';
import type { CreateLabel, ListLabels, UpdateLabel } from './labels.dto.js';
import { LabelsRepository } from './labels.repository.js';

@Injectable()
export class LabelsService {
  constructor(
    private readonly labels: LabelsRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: ListLabels): Promise<CursorPage<LabelView>> {
    const rows = await this.labels.list(query);
    return toCursorPage(rows, query.limit, creationOf, toLabelView);
  }

  async get(id: string): Promise<LabelView> {
    return toLabelView(found(await this.labels.find(id)));
  }

  /** 409 `label_taken` where the organization has one of that name. */
  async create(input: CreateLabel): Promise<LabelView> {
    return this.refusingTaken(async () => {
      const created = await this.labels.create({ ...input, id: uuidv7() });
      await this.events.publish(new LabelChanged('created', created.id, changesBetween(null, created)));
      return toLabelView(created);
    });
  }

  /** 409 `label_taken` where the organization has another of that name. */
  async update(id: string, input: UpdateLabel): Promise<LabelView> {
    return this.refusingTaken(async () => {
      const before = found(await this.labels.find(id));
      const after = found(await this.labels.update(id, input));
      await this.events.publish(new LabelChanged('updated', id, changesBetween(before, after)));
      return toLabelView(after);
    });
  }

  /** Conversations that have it go on without it. */
  async remove(id: string): Promise<LabelView> {
    return this.database.transaction(async () => {
      await this.labels.lock(id);
      const label = found(await this.labels.find(id));
      await this.labels.remove(id);
      await this.events.publish(new LabelChanged('deleted', id, changesBetween(label, { name: null })));
      return toLabelView(label);
    });
  }

  private async refusingTaken<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      if (!violatedConstraint(error)?.includes('name')) throw error;
      throw new AppError('label_taken', 409, 'There is a label of this name: choose another');
    }
  }
}
