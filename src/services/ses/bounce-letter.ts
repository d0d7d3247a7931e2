import { mailDate } from './compose.ts';
import { type Header, headerOf } from './headers.ts';

/** Why a letter is sent back. */
export interface BounceReason {
  /** SMTP's: `550`. */
  readonly code: string;
  /** `5.1.1`; by default that of the code's class. */
  readonly status?: string | undefined;
  readonly message: string;
  readonly sender: string;
}

/** A letter that tells a sender whom its letter has not reached (RFC 3464). */
export function bounceLetter(
  to: string,
  recipients: readonly string[],
  headers: readonly Header[],
  { code, status, message, sender }: BounceReason,
  { messageId, boundary, nowMs }: { messageId: string; boundary: string; nowMs: number },
): Buffer {
  const shownStatus = status ?? `${code.slice(0, 1)}.0.0`;
  const of = headerOf(headers, 'message-id');
  const about = recipients.flatMap((recipient) => [
    `Final-Recipient: rfc822; ${recipient}`,
    'Action: failed',
    `Status: ${shownStatus}`,
    `Diagnostic-Code: smtp; ${code} ${shownStatus} ${message}`,
    '',
  ]);
  const lines = [
    `From: ${sender}`,
    `To: ${to}`,
    'Subject: Delivery Status Notification (Failure)',
    `Date: ${mailDate(nowMs)}`,
    `Message-ID: ${messageId}`,
    ...(of === undefined ? [] : [`In-Reply-To: ${of}`, `References: ${of}`]),
    // Whoever answers letters by itself leaves this one alone (RFC 3834).
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'An error occurred while trying to deliver the mail to the following recipients:',
    ...recipients,
    '',
    message,
    '',
    `--${boundary}`,
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; Lambent',
    '',
    ...about,
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'utf8');
}
