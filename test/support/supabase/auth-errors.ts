import { header, HttpError, type Handler } from './http.ts';

const VERSION = 'x-supabase-api-version';

/** An error of GoTrue. */
export const authFault = (status: number, code: string, message: string): HttpError => new HttpError(status, { code, message });

/** GoTrue words an error by the version that the client asks for: `{code, message}` since 2024, `{code, error_code, msg}` before. */
export const goTrueErrors =
  (handle: Handler): Handler =>
  async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      const { code, message } = error.body as { code: string; message: string };
      if ((header(request, VERSION) ?? '') >= '2024-01-01') throw new HttpError(error.status, error.body, { [VERSION]: '2024-01-01' });
      throw new HttpError(error.status, { code: error.status, error_code: code, msg: message });
    }
  };
