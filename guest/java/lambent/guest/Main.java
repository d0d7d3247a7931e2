package lambent.guest;

import com.amazonaws.services.lambda.crac.Core;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.factories.GsonFactory;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOError;
import java.io.IOException;
import java.io.PrintStream;
import java.security.Security;
import java.util.Map;

/**
 * The first process of a Java sandbox: connects, waits for a function, loads it, runs its invocations. It starts in the
 * warm pool, before any function is known; what a cold start will need is therefore loaded and run once up front
 * (WarmUp). Protocol: ../../../frames.md. Behaviour: that of AWS's published aws-lambda-java-runtime-interface-client.
 * Runs on Java 11 and later.
 */
public final class Main {
    static final class Init {
        Map<String, String> env;
        String handler;
        String taskRoot;
        String optRoot;
        String logFormat;
        String logLevel;
        boolean snapStart;
    }

    private static final int STOPPED_BY_HOOK = 64; // AWS's client ends with this status when a SnapStart hook fails.
    private static final PojoSerializer<Init> INITS = GsonFactory.getInstance().getSerializer(Init.class);

    private Main() {}

    public static void main(String[] arguments) {
        try {
            Channel channel = new Channel(Descriptors.of(3));
            RecordPipe records = new RecordPipe(Descriptors.of(4));
            OwnProcess.prepare();
            System.setOut(unbuffered(FileDescriptor.out));
            System.setErr(unbuffered(FileDescriptor.err));
            WarmUp.run();
            channel.send(Channel.READY, Bytes.NONE);
            new Main(channel, records).serve();
        } catch (Throwable thrown) {
            // Nobody is left to tell but the log: the channel is broken, or there is no memory to write to it.
            thrown.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    /** A line is out when it is written, also if the process is killed right after. */
    private static PrintStream unbuffered(FileDescriptor descriptor) throws IOException {
        return new PrintStream(new FileOutputStream(descriptor), false, "UTF-8");
    }

    private Channel channel;
    private RecordPipe records;
    private Logger logger;
    private Handler handler;

    Main(Channel channel, RecordPipe records) {
        this.channel = channel;
        this.records = records;
    }

    private void serve() throws IOException {
        for (;;) {
            Channel.Frame frame = channel.receive();
            // The platform ends an environment by closing its end. User code gets no say in that: no shutdown hooks.
            if (frame == null) Runtime.getRuntime().halt(0);
            else if (frame.type == Channel.INIT && logger == null) init(frame);
            else if (frame.type == Channel.RESTORE && handler != null) restore();
            else if (frame.type == Channel.INVOKE && handler != null) invoke(frame);
        }
    }

    private void init(Channel.Frame frame) throws IOException {
        Init init = parsed(frame);
        become(init);
        load(init);
    }

    static Init parsed(Channel.Frame frame) {
        return INITS.fromJson(frame.stream());
    }

    void load(Init init) throws IOException {
        logger = Logger.of(
            records,
            init.logFormat != null ? init.logFormat : System.getenv("AWS_LAMBDA_LOG_FORMAT"),
            init.logLevel != null ? init.logLevel : System.getenv("AWS_LAMBDA_LOG_LEVEL"));
        setRuntimeLogger(logger);
        InvocationContext.readFunction();
        FunctionClasses classes = FunctionClasses.of(init.taskRoot, init.optRoot != null ? init.optRoot : "/opt");
        Thread.currentThread().setContextClassLoader(classes);
        Handler loaded;
        try {
            loaded = HandlerFinder.find(init.handler, classes);
            if (init.snapStart) Core.getGlobalContext().beforeCheckpoint(null);
        } catch (Fault fault) {
            logger.logFault(fault);
            channel.send(Channel.INIT_ERROR, fault.payload());
            return;
        } catch (Exception thrown) {
            logger.logFault(Fault.of(thrown));
            channel.send(Channel.INIT_ERROR, Fault.payloadOf(thrown));
            return;
        }
        handler = loaded;
        channel.send(Channel.INIT_DONE, Bytes.NONE);
    }

    /** Makes this process the function's, before any of its code runs. */
    private static void become(Init init) {
        OwnProcess.setVariables(init.env);
        if (OwnProcess.IS_JAVA_11) {
            // Older names, which AWS sets for Java 8 and 11 only.
            OwnProcess.copyVariable("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY");
            OwnProcess.copyVariable("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY");
        }
        OwnProcess.changeDirectory(init.taskRoot);
        String ttl = System.getenv("AWS_LAMBDA_JAVA_NETWORKADDRESS_CACHE_NEGATIVE_TTL");
        Security.setProperty("networkaddress.cache.negative.ttl", ttl != null ? ttl : "1");
    }

    /** `LambdaRuntime.getLogger()` is for code that has no context: the log4j and logback appenders. */
    private static void setRuntimeLogger(Logger logger) {
        try {
            var field = LambdaRuntime.class.getDeclaredField("logger");
            field.setAccessible(true);
            field.set(null, logger);
        } catch (ReflectiveOperationException error) {
            throw new LinkageError("this aws-lambda-java-core has another LambdaRuntime than expected", error);
        }
    }

    private void restore() throws IOException {
        try {
            Core.getGlobalContext().afterRestore(null);
        } catch (Exception thrown) {
            logger.logFault(Fault.of(thrown));
            channel.send(Channel.RESTORE_ERROR, Fault.payloadOf(thrown));
            System.exit(STOPPED_BY_HOOK);
        }
        channel.send(Channel.RESTORED, Bytes.NONE);
    }

    void invoke(Channel.Frame frame) throws IOException {
        InvocationContext context = InvocationContext.of(frame.head(), logger);
        logger.setContext(context);
        OwnProcess.setTraceId(context.getXrayTraceId());
        Bytes answer = new Bytes();
        try {
            handler.run(new ByteArrayInputStream(frame.payload, frame.eventStart(), frame.eventLength()), answer, context);
        } catch (Throwable thrown) {
            Fault.cutStackTrace(thrown);
            Fault fault = Fault.of(thrown);
            logger.logFault(fault);
            boolean isLast = fault.isFatal || thrown instanceof VirtualMachineError || thrown instanceof IOError;
            channel.send(isLast ? Channel.FATAL : Channel.ERROR, thrown == fault ? fault.payload() : Fault.payloadOf(thrown));
            if (isLast) System.exit(0);
            return;
        }
        channel.send(Channel.RESPONSE, answer);
        Thread.interrupted(); // What the function left set would break the next invocation's waits.
    }
}
