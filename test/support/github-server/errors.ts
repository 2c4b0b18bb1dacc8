/** An answer that is an error, worded as GitHub words it. */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly errors: readonly object[] | undefined;

  constructor(status: number, message: string, options: { errors?: readonly object[]; headers?: Record<string, string> } = {}) {
    super(message);
    this.status = status;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  get body(): object {
    return {
      message: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(this.status),
    };
  }
}

export const notFound = (): ApiError => new ApiError(404, 'Not Found');

/** 422: `{"message": "Validation Failed", "errors": [{"resource", "field", "code"}]}` */
export const invalid = (resource: string, field: string, message: string): ApiError =>
  new ApiError(422, 'Validation Failed', { errors: [{ resource, field, code: 'custom', message }] });
