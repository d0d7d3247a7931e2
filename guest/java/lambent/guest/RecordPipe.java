package lambent.guest;

import com.amazonaws.services.lambda.runtime.logging.LogFormat;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;

/** Descriptor 4: log records in AWS's framing. One record is one log event, whatever newlines it holds. */
final class RecordPipe {
    private static final int HEAD_BYTES = 16;
    private static final int MAGIC_WITH_TIMESTAMP = 0xa55a0002;

    private final OutputStream output;

    RecordPipe(FileDescriptor descriptor) {
        this(new FileOutputStream(descriptor));
    }

    RecordPipe(OutputStream output) {
        this.output = output;
    }

    /** Synchronized, and in one write: records of several threads do not mix. */
    synchronized void log(byte[] message, LogLevel level, LogFormat format) {
        Instant now = Instant.now();
        byte[] record = new byte[HEAD_BYTES + message.length];
        ByteBuffer.wrap(record)
            .putInt(MAGIC_WITH_TIMESTAMP | level.ordinal() << 2 | (format == LogFormat.TEXT ? 1 : 0))
            .putInt(message.length)
            .putLong(now.getEpochSecond() * 1_000_000 + now.getNano() / 1000)
            .put(message);
        try {
            output.write(record);
        } catch (IOException error) {
            // Nobody reads any more: the environment is going down, and a log line must not fail the function.
        }
    }
}
