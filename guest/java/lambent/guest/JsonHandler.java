package lambent.guest;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;

/** A handler of objects: JSON in, JSON out, by AWS's own mapping. */
final class JsonHandler implements Handler {
    static final byte[] NULL = "null".getBytes(StandardCharsets.UTF_8);

    interface Body {
        Object apply(Object input, Context context) throws Throwable;
    }

    /** Null: the handler takes none, gives none. */
    private final Type input;
    private final Type output;
    private final Body body;

    JsonHandler(Type input, Type returned, Body body) {
        this.input = input;
        this.output = isVoid(returned) ? null : returned;
        this.body = body;
        // A type that cannot be mapped is found out at the start.
        if (input != null) Serializers.of(input, false);
        if (output != null) Serializers.of(output, false);
    }

    static boolean isVoid(Type type) {
        return void.class.equals(type) || Void.class.equals(type);
    }

    @Override
    public void run(InputStream event, OutputStream answer, Context context) throws Throwable {
        boolean isAndroid = isAndroid(context.getClientContext());
        Object value = null;
        try {
            if (input != null) value = Serializers.of(input, isAndroid).fromJson(event);
        } catch (Throwable thrown) {
            throw new RuntimeException("An error occurred during JSON parsing", Fault.cutStackTrace(thrown));
        }
        Object result = body.apply(value, context);
        if (output == null) {
            answer.write(NULL);
            return;
        }
        PojoSerializer<Object> serializer = Serializers.of(output, isAndroid);
        try {
            serializer.toJson(result, answer);
        } catch (Throwable thrown) {
            throw new RuntimeException("An error occurred during JSON serialization of response", thrown);
        }
    }

    private static boolean isAndroid(ClientContext client) {
        return client != null
            && client.getEnvironment() != null
            && "Android".equalsIgnoreCase(client.getEnvironment().get("platform"));
    }
}
