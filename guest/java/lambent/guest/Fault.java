package lambent.guest;

import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.factories.GsonFactory;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** What is wrong with the function: how its log and its invoker are told. */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final String OWN_PACKAGE = Fault.class.getPackageName() + ".";

    private final String message;
    /** The class of what was thrown, and its stack trace; null where nothing was. */
    private final String type;
    private final String trace;
    /** The runtime does not go on after it. */
    final boolean isFatal;

    private Fault(String message, String type, String trace, boolean isFatal) {
        super(message, null, false, false);
        this.message = message;
        this.type = type;
        this.trace = trace;
        this.isFatal = isFatal;
    }

    static Fault of(Throwable thrown) {
        return thrown instanceof Fault ? (Fault) thrown : of(thrown, false);
    }

    static Fault fatal(Throwable thrown) {
        return of(thrown, true);
    }

    private static Fault of(Throwable thrown, boolean isFatal) {
        return new Fault(messageOf(thrown), thrown.getClass().getName(), traceOf(thrown), isFatal);
    }

    static Fault saying(String message) {
        return new Fault(message, null, null, false);
    }

    static Fault classNotFound(Throwable thrown, String className) {
        return new Fault("Class not found: " + className, thrown.getClass().getName(), traceOf(thrown), false);
    }

    static Fault classNotLoaded(Throwable thrown, String className) {
        String why = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
        return new Fault("Error loading class " + className + why, thrown.getClass().getName(), traceOf(thrown), true);
    }

    static Fault methodsNotLoaded(Throwable thrown, String className, String methodName) {
        String message = "Error loading method " + methodName + " on class " + className;
        return new Fault(message, thrown.getClass().getName(), traceOf(thrown), false);
    }

    String logText() {
        if (type == null && trace == null) return message + "\n";
        return message + ": " + (type == null ? "" : type) + "\n" + (trace == null ? "" : trace) + "\n";
    }

    /** Without a stack trace, as AWS's client words faults. */
    byte[] payload() {
        return json(message, type, null);
    }

    /** What the invoker sees of an exception of the function's own. Causes are in the log only, as on AWS. */
    static byte[] payloadOf(Throwable thrown) {
        String[] trace = Arrays.stream(thrown.getStackTrace()).map(StackTraceElement::toString).toArray(String[]::new);
        return json(messageOf(thrown), thrown.getClass().getName(), trace);
    }

    private static String messageOf(Throwable thrown) {
        String message = thrown.getLocalizedMessage();
        return message == null ? thrown.getClass().getName() : message;
    }

    private static String traceOf(Throwable thrown) {
        StringWriter text = new StringWriter();
        cutStackTrace(thrown).printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** Leaves out the runtime's own frames and what called them, in the thrown thing, its causes and what it suppressed. */
    static <T extends Throwable> T cutStackTrace(T thrown) {
        cut(thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
        return thrown;
    }

    private static void cut(Throwable thrown, Set<Throwable> seen) {
        if (thrown == null || !seen.add(thrown)) return;
        StackTraceElement[] trace = thrown.getStackTrace();
        for (int at = 0; at < trace.length; at++) {
            if (!trace[at].getClassName().startsWith(OWN_PACKAGE)) continue;
            thrown.setStackTrace(Arrays.copyOf(trace, at));
            break;
        }
        cut(thrown.getCause(), seen);
        for (Throwable suppressed : thrown.getSuppressed()) cut(suppressed, seen);
    }

    static final class Payload {
        String errorMessage;
        String errorType;
        String[] stackTrace;
    }

    private static final PojoSerializer<Payload> PAYLOADS = GsonFactory.getInstance().getSerializer(Payload.class);

    private static byte[] json(String message, String type, String[] stackTrace) {
        Payload payload = new Payload();
        payload.errorMessage = message;
        payload.errorType = type;
        payload.stackTrace = stackTrace;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PAYLOADS.toJson(payload, bytes);
        return bytes.toByteArray();
    }
}
