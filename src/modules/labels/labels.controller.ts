import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { LabelView } from './label.view.js';
import { CreateLabel, ListLabels, UpdateLabel } from './labels.dto.js';
import { LabelsService } from './labels.service.js';

const TAKEN = { 409: 'The name is in use' };

@ApiTags('labels')
@Controller('labels')
export class LabelsController {
  constructor(private readonly labels: LabelsService) {}

  @Get()
  @Endpoint({ does: 'List labels', needs: 'labels:read', returns: LabelView, envelope: 'cursor list' })
  list(@Query() query: ListLabels) {
    return this.labels.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get a label', needs: 'labels:read', returns: LabelView })
  get(@Param('id', RowId) id: string) {
    return this.labels.get(id);
  }

  @Post()
  @Endpoint({ does: 'Create a label', needs: 'labels:write', returns: LabelView, status: 201, refuses: TAKEN })
  create(@Body() body: CreateLabel) {
    return this.labels.create(body);
  }

  @Patch(':id')
  @Endpoint({ does: 'Change a label', needs: 'labels:write', returns: LabelView, refuses: TAKEN })
  update(@Param('id', RowId) id: string, @Body() body: UpdateLabel) {
    return this.labels.update(id, body);
  }

  @Delete(':id')
  @Endpoint({
    does: 'Delete a label, taking it off the conversations that have it',
    needs: 'labels:write',
    returns: LabelView,
  })
  remove(@Param('id', RowId) id: string) {
    return this.labels.remove(id);
  }
}
