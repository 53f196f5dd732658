import { Global, Module } from '@nestjs/common';
import { JobRunner } from './job-runner.js';
import { JobRunners } from './job-runners.js';
import { Jobs } from './jobs.js';

@Global()
@Module({ providers: [Jobs, JobRunner, JobRunners], exports: [Jobs, JobRunner] })
export class JobsModule {}
