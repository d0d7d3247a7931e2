package lambent.guest;

import java.io.File;
import java.lang.ref.Reference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.util.Map;
import java.util.Objects;
import java.util.TimeZone;

/**
 * This process's variables and directory. A JVM cannot change either once it runs, so what it keeps of them is changed by
 * reflection (the launch opens those packages to us), and what the C library and the kernel keep by libguest.so, which
 * holds nothing but these calls: child processes and native code see the same.
 */
final class OwnProcess {
    static final boolean IS_JAVA_11 = Runtime.version().feature() == 11;

    private static final String TRACE_PROPERTY = "com.amazonaws.xray.traceHeader";
    private static final String TRACE_VARIABLE = "_X_AMZN_TRACE_ID";

    /** The map behind `System.getenv()`. */
    private static Map<String, String> variables;
    /** Where a direct buffer's bytes are. */
    private static Field address;

    private OwnProcess() {}

    // Each takes addresses of C strings and answers 0, or -1.
    private static native int chdir(long path);

    private static native int setenv(long name, long value);

    private static native int unsetenv(long name);

    static void prepare() throws ReflectiveOperationException {
        System.load(new File(System.getProperty("java.class.path")).getAbsoluteFile().getParent() + "/libguest.so");
        address = accessible(Buffer.class, "address");
        Class<?> view = Class.forName("java.lang.ProcessEnvironment$StringEnvironment");
        Constructor<?> constructor = view.getDeclaredConstructor(Map.class);
        constructor.setAccessible(true);
        Object kept = accessible(Class.forName("java.lang.ProcessEnvironment"), "theEnvironment").get(null);
        @SuppressWarnings("unchecked") // StringEnvironment is a Map<String, String>.
        Map<String, String> map = (Map<String, String>) constructor.newInstance(kept);
        variables = map;
        // The launch has set it so that file names are UTF-8, whichever locales the host has: functions do not see it.
        remove("LC_ALL");
    }

    static void setVariables(Map<String, String> values) {
        String zone = variables.get("TZ");
        values.forEach(OwnProcess::set);
        if (Objects.equals(zone, variables.get("TZ"))) return;
        // What Java has found out about the zone, it finds out anew when it is next asked.
        System.clearProperty("user.timezone");
        TimeZone.setDefault(null);
    }

    static void copyVariable(String from, String to) {
        String value = variables.get(from);
        if (value != null) set(to, value);
    }

    /** For newer runtimes AWS has a property only. Null: the invocation has no trace. */
    static void setTraceId(String traceId) {
        if (traceId == null) {
            System.clearProperty(TRACE_PROPERTY);
            if (IS_JAVA_11) remove(TRACE_VARIABLE);
        } else {
            System.setProperty(TRACE_PROPERTY, traceId);
            if (IS_JAVA_11) set(TRACE_VARIABLE, traceId);
        }
    }

    private static void set(String name, String value) {
        variables.put(name, value);
        ByteBuffer cName = cString(name);
        ByteBuffer cValue = cString(value);
        setenv(addressOf(cName), addressOf(cValue));
        Reference.reachabilityFence(cName);
        Reference.reachabilityFence(cValue);
    }

    private static void remove(String name) {
        variables.remove(name);
        ByteBuffer cName = cString(name);
        unsetenv(addressOf(cName));
        Reference.reachabilityFence(cName);
    }

    /** For the kernel, and so for child processes. */
    static void enter(String path) {
        ByteBuffer cPath = cString(path);
        boolean isChanged = chdir(addressOf(cPath)) == 0;
        Reference.reachabilityFence(cPath);
        if (!isChanged) throw new IllegalStateException("cannot change to the directory " + path);
    }

    /** Also for Java. */
    static void changeDirectory(String path) {
        enter(path);
        // In an isolated sandbox, the launch has said where this will be. Elsewhere it is not known before.
        if (path.equals(System.getProperty("user.dir"))) return;
        System.setProperty("user.dir", path);
        try {
            // java.io and java.nio have read the property at their start.
            Object files = accessible(File.class, Runtime.version().feature() < 21 ? "fs" : "FS").get(null);
            accessible(files.getClass(), "userDir").set(files, path);
            Object fileSystem = FileSystems.getDefault();
            Field directory = accessible(fileSystem.getClass().getSuperclass(), "defaultDirectory");
            directory.set(fileSystem, path.getBytes(StandardCharsets.UTF_8));
        } catch (ReflectiveOperationException error) {
            throw new LinkageError("this JDK keeps its directory elsewhere than expected", error);
        }
    }

    private static Field accessible(Class<?> type, String name) throws NoSuchFieldException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    /** The text, ended by a zero byte, outside the heap. */
    private static ByteBuffer cString(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(bytes.length + 1).put(bytes);
    }

    private static long addressOf(ByteBuffer buffer) {
        try {
            return address.getLong(buffer);
        } catch (IllegalAccessException error) {
            throw new AssertionError("made accessible above", error);
        }
    }
}
