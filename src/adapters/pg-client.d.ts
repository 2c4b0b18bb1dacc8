// The client alone: the package's own entry also loads the pool and the native binding, which nothing here uses.
declare module 'pg/lib/client.js' {
  import { Client } from 'pg';

  export = Client;
}
