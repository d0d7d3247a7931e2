/**
 * A refusal in AWS's words. `code` is the wire's error code (`ResourceNotFoundException`); status and the spelling
 * of the message member come from the service's schema, or, for codes that no schema has, from UNMODELLED.
 */
export class AwsError extends Error {
  readonly code: string;
  /** What the message member holds: the message, or null where AWS answers `"Message": null`. */
  readonly wireMessage: string | null;
  /** Further members of the error's body, by their wire names, for example `Reason`. `Type: undefined` leaves it out. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Overrides the code's own status, where one code has several: `ExpiredToken` is 400 from S3, 403 from query services. */
  readonly status: number | undefined;
  /** Headers that the answer has beside the service's own, for example S3's `ETag` of what was not modified. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string | null,
    options: ErrorOptions & {
      members?: Record<string, unknown>;
      status?: number;
      headers?: Record<string, string>;
    } = {},
  ) {
    super(message ?? '', options);
    this.code = code;
    this.wireMessage = message;
    this.status = options.status;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

/** Codes that AWS answers although no service model has them, with their HTTP status (lambda-facts 1.2; IAM's common errors). */
export const UNMODELLED: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  ExpiredTokenException: 403,
  IncompleteSignatureException: 400,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  // Not AWS's: an operation that AWS has and we do not, yet.
  NotImplemented: 501,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
  ValidationException: 400,
};
