import { postgresControlPlane } from '../../../src/adapters/postgres/control-plane.ts';
import { migrate } from '../../../src/adapters/postgres/migrate.ts';
import { migrationsFolder } from '../../../src/runtime/control-plane/open.ts';
import { connection, testDatabase, type TestDatabase } from '../../support/database.ts';
import { contract } from '../control-plane/contract.ts';

describe('control plane behind a connection to the embedded PostgreSQL', function () {
  this.timeout(90_000);
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.stop());

  contract(() => ({
    create: async () => {
      const url = await database.create();
      await migrate(connection(url), migrationsFolder());
      return {
        // What is claimed is asked for; what the connection is allowed is the client's own.
        plane: (clientId, role, { claimed = clientId, signal } = {}) =>
          postgresControlPlane({ ...connection(url), ...(signal && { signal }) }, claimed, { client_id: clientId, ops_role: role }),
        query: (sql, values) => database.query(url, sql, values),
      };
    },
  }));
});
