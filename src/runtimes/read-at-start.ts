/**
 * Variables that a program's loader and C library read when it starts, whatever language it runs: the search for
 * libraries, the allocator, the locale. TZ is missing on purpose: runtimes can change it while they run.
 */
const OF_EVERY_PROGRAM = /^(LD_.+|MALLOC_.+|LC_.+|LANG|LANGUAGE|LOCPATH|GCONV_PATH|GLIBC_TUNABLES)$/;
/** OpenSSL reads these when a runtime that is linked with it is loaded. */
const OF_OPENSSL = /^(SSL_CERT_.+|OPENSSL_.+)$/;

export function everyProgramReadsAtStart(variable: string): boolean {
  return OF_EVERY_PROGRAM.test(variable) || OF_OPENSSL.test(variable);
}
