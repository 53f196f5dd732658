import { Global, Module } from '@nestjs/common';
import { JobRunner } from './job-runner.js';
import { JobRunners } from './job-runners.js';
import { Jobs } from './jobs.js';
import { WaitingJobs } from './waiting-jobs.js';

@Global()
@Module({ providers: [Jobs, JobRunner, JobRunners, WaitingJobs], exports: [Jobs, JobRunner, WaitingJobs] })
export class JobsModule {}
