package lambent.guest;

import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.logging.LogFormat;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.factories.GsonFactory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** What the function gets as its LambdaLogger. */
final class Logger implements LambdaLogger {
    /** A line of the JSON format: these names, in this order. */
    static final class Line {
        String timestamp;
        String message;
        LogLevel level;
        String AWSRequestId;
    }

    /** Apart, so that plain text does not pay for it. */
    private static final class Json {
        static final PojoSerializer<Line> LINES = GsonFactory.getInstance().getSerializer(Line.class);
        static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    }

    private final RecordPipe records;
    private final LogFormat format;
    private final LogLevel levelMin;
    private volatile String requestId;

    private Logger(RecordPipe records, LogFormat format, LogLevel levelMin) {
        this.records = records;
        this.format = format;
        this.levelMin = levelMin;
    }

    static Logger of(RecordPipe records, String format, String level) {
        return new Logger(
            records,
            LogFormat.fromString(format == null ? "TEXT" : format),
            LogLevel.fromString(level == null ? "UNDEFINED" : level));
    }

    void setContext(InvocationContext context) {
        requestId = context.getAwsRequestId();
    }

    void logFault(Fault fault) {
        log(fault.logText(), format == LogFormat.JSON ? LogLevel.ERROR : LogLevel.UNDEFINED);
    }

    @Override
    public void log(String message) {
        log(message, LogLevel.UNDEFINED);
    }

    @Override
    public void log(byte[] message) {
        log(message, LogLevel.UNDEFINED);
    }

    @Override
    public void log(String message, LogLevel level) {
        if (isEnabled(level)) write(formatted(message, level), level);
    }

    /** Bytes are logged as they are, in either format. */
    @Override
    public void log(byte[] message, LogLevel level) {
        if (isEnabled(level)) write(message == null ? utf8("null") : message, level);
    }

    /** What is logged without a level is never left out. */
    private boolean isEnabled(LogLevel level) {
        return level == LogLevel.UNDEFINED || level.ordinal() >= levelMin.ordinal();
    }

    private byte[] formatted(String message, LogLevel level) {
        if (format == LogFormat.TEXT) return utf8(level == LogLevel.UNDEFINED ? message : "[" + level + "] " + message);
        Line line = new Line();
        line.timestamp = Json.TIME.format(Instant.now());
        line.message = message;
        line.level = level;
        line.AWSRequestId = requestId;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Json.LINES.toJson(line, bytes);
        bytes.write('\n');
        return bytes.toByteArray();
    }

    private void write(byte[] message, LogLevel level) {
        records.log(message, level, format);
    }

    private static byte[] utf8(String text) {
        return String.valueOf(text).getBytes(StandardCharsets.UTF_8);
    }
}
