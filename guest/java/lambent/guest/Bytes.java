package lambent.guest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Bytes in memory that are sent without another copy. */
final class Bytes extends ByteArrayOutputStream {
    static final byte[] NONE = new byte[0];

    Bytes() {
        super(1024);
    }

    void sendTo(OutputStream stream) throws IOException {
        stream.write(buf, 0, count);
    }
}
