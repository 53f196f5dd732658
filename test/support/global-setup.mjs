import '@swc-node/register/esm-register';

// Jest loads this file outside its transform; from here on Node reads TypeScript by itself.
const { startThrowawayPostgres } = await import('./throwaway-postgres.ts');

export default startThrowawayPostgres;
