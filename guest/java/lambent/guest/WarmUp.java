package lambent.guest;

import com.amazonaws.services.lambda.runtime.serialization.factories.GsonFactory;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Runs functions of our own through the same code as a customer's: a JVM loads classes at their first use, and what it
 * has often run it has compiled.
 */
final class WarmUp {
    private static final String[] HANDLERS = {"warm.Objects", "warm.Objects::maps", "warm.Objects::fail", "warm.Streams"};
    private static final String EVENT =
        "{\"name\":\"a\",\"count\":1,\"ratio\":1.5,\"tags\":[\"x\"],\"more\":{\"deep\":[true,null]}}";
    private static final String HEAD =
        "{\"requestId\":\"-\",\"deadlineMs\":1,\"invokedArn\":\"-\",\"traceId\":\"-\",\"clientContext\":\"{}\"}";

    private WarmUp() {}

    static void run() throws IOException {
        ClassLoader classes = Thread.currentThread().getContextClassLoader();
        String directory = new File(System.getProperty("java.class.path")).getAbsoluteFile().getParent();
        for (String handler : HANDLERS) {
            for (String format : new String[] {"JSON", "TEXT"}) {
                RecordPipe records = new RecordPipe(OutputStream.nullOutputStream());
                Main guest = new Main(new Channel(InputStream.nullInputStream(), OutputStream.nullOutputStream()), records);
                guest.load(Main.parsed(init(handler, directory + "/warm-up", format)));
                guest.invoke(invoke());
                ((FunctionClasses) Thread.currentThread().getContextClassLoader()).close();
                Serializers.forget();
            }
        }
        OwnProcess.setVariables(Map.copyOf(System.getenv()));
        OwnProcess.setTraceId(null);
        OwnProcess.enter("/");
        Thread.currentThread().setContextClassLoader(classes);
        // What the start has left behind goes before the process waits, for who knows how long.
        System.gc();
    }

    private static Channel.Frame init(String handler, String taskRoot, String logFormat) {
        Main.Init init = new Main.Init();
        init.env = System.getenv();
        init.handler = handler;
        init.taskRoot = taskRoot;
        init.logFormat = logFormat;
        Bytes json = new Bytes();
        GsonFactory.getInstance().getSerializer(Main.Init.class).toJson(init, json);
        return new Channel.Frame(Channel.INIT, json.toByteArray());
    }

    private static Channel.Frame invoke() {
        byte[] head = HEAD.getBytes(StandardCharsets.UTF_8);
        byte[] event = EVENT.getBytes(StandardCharsets.UTF_8);
        ByteBuffer payload = ByteBuffer.allocate(4 + head.length + event.length).order(ByteOrder.LITTLE_ENDIAN);
        payload.putInt(head.length).put(head).put(event);
        return new Channel.Frame(Channel.INVOKE, payload.array());
    }
}
