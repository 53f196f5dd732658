#!/usr/bin/env node
import { Command } from 'commander';
import { addTo } from './commands.js';

const program = new Command('retrofit').description(
  'Bring organizations to a PostgreSQL database that has none, beside live traffic',
);
addTo(program);
await program.parseAsync();
