package lambent.guest;

import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.factories.GsonFactory;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Descriptor 3: frames to and from the platform. */
final class Channel {
    static final int INIT = 1;
    static final int INVOKE = 2;
    static final int RESTORE = 3;
    static final int READY = 16;
    static final int INIT_DONE = 17;
    static final int INIT_ERROR = 18;
    static final int RESPONSE = 19;
    static final int ERROR = 20;
    static final int FATAL = 21;
    static final int RESTORED = 25;
    static final int RESTORE_ERROR = 26;

    private static final int HEAD_BYTES = 5;
    private static final int READ_BYTES = 64 * 1024;
    /** Up to here a frame goes out in one write. */
    private static final int WHOLE_BYTES_MAX = 8 * 1024;

    private final InputStream input;
    private final OutputStream output;

    Channel(FileDescriptor descriptor) {
        this(new BufferedInputStream(new FileInputStream(descriptor), READ_BYTES), new FileOutputStream(descriptor));
    }

    Channel(InputStream input, OutputStream output) {
        this.input = input;
        this.output = output;
    }

    /** The next frame; null when the platform has closed its end. */
    Frame receive() throws IOException {
        byte[] head = new byte[HEAD_BYTES];
        if (!fill(head)) return null;
        byte[] bytes = new byte[ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt()];
        return fill(bytes) ? new Frame(head[4], bytes) : null;
    }

    private boolean fill(byte[] bytes) throws IOException {
        return input.readNBytes(bytes, 0, bytes.length) == bytes.length;
    }

    void send(int type, byte[] payload) throws IOException {
        byte[] frame = head(type, payload.length, HEAD_BYTES + payload.length);
        System.arraycopy(payload, 0, frame, HEAD_BYTES, payload.length);
        output.write(frame);
    }

    void send(int type, Bytes payload) throws IOException {
        if (payload.size() <= WHOLE_BYTES_MAX) {
            send(type, payload.toByteArray());
            return;
        }
        output.write(head(type, payload.size(), HEAD_BYTES));
        payload.sendTo(output);
    }

    private static byte[] head(int type, int payloadBytes, int bytes) {
        byte[] head = new byte[bytes];
        ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).putInt(payloadBytes).put((byte) type);
        return head;
    }

    static final class Frame {
        final int type;
        final byte[] payload;

        Frame(int type, byte[] payload) {
            this.type = type;
            this.payload = payload;
        }

        InputStream stream() {
            return new ByteArrayInputStream(payload);
        }

        /** An INVOKE begins with a head of its own; the event follows. */
        Head head() {
            return HEADS.fromJson(new ByteArrayInputStream(payload, 4, eventStart() - 4));
        }

        int eventStart() {
            return 4 + ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).getInt();
        }

        int eventLength() {
            return payload.length - eventStart();
        }
    }

    private static final PojoSerializer<Head> HEADS = GsonFactory.getInstance().getSerializer(Head.class);

    static final class Head {
        String requestId;
        long deadlineMs;
        String invokedArn;
        String traceId;
        String clientContext;
        String cognitoIdentity;
    }
}
