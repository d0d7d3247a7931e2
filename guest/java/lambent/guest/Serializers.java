package lambent.guest;

import com.amazonaws.services.lambda.runtime.CustomPojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import com.amazonaws.services.lambda.runtime.serialization.factories.GsonFactory;
import com.amazonaws.services.lambda.runtime.serialization.factories.JacksonFactory;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Type;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.ServiceLoader;

/** Which mapping a type has on AWS: the function's own, that of AWS's event classes, Android's, or the usual one. */
final class Serializers {
    private static final Map<Type, PojoSerializer<Object>> usual = new HashMap<>();
    private static final Map<Type, PojoSerializer<Object>> android = new HashMap<>();
    private static CustomPojoSerializer custom;
    private static boolean isCustomKnown;

    private Serializers() {}

    /** Only on the thread of the invocations. */
    static PojoSerializer<Object> of(Type type, boolean isAndroid) {
        Map<Type, PojoSerializer<Object>> known = isAndroid ? android : usual;
        PojoSerializer<Object> serializer = known.get(type);
        if (serializer == null) {
            serializer = make(type, isAndroid);
            known.put(type, serializer);
        }
        return serializer;
    }

    /** What the warm-up has found belongs to no function. */
    static void forget() {
        usual.clear();
        android.clear();
        custom = null;
        isCustomKnown = false;
    }

    private static PojoSerializer<Object> make(Type type, boolean isAndroid) {
        ClassLoader classes = Thread.currentThread().getContextClassLoader();
        if (!isCustomKnown) custom = findCustom(classes);
        isCustomKnown = true;
        if (custom != null) return ofFunction(custom, type);
        if (type instanceof Class && LambdaEventSerializers.isLambdaSupportedEvent(((Class<?>) type).getName())) {
            @SuppressWarnings("unchecked") // A serializer of a class takes and gives that class.
            Class<Object> event = (Class<Object>) type;
            return LambdaEventSerializers.serializerFor(event, classes);
        }
        return isAndroid ? GsonFactory.getInstance().getSerializer(type) : JacksonFactory.getInstance().getSerializer(type);
    }

    private static CustomPojoSerializer findCustom(ClassLoader classes) {
        Iterator<CustomPojoSerializer> found = ServiceLoader.load(CustomPojoSerializer.class, classes).iterator();
        if (!found.hasNext()) return null;
        CustomPojoSerializer first = found.next();
        if (found.hasNext()) {
            throw Fault.saying("Too many serializers provided inside the META-INF/services folder, only one is allowed");
        }
        return first;
    }

    private static PojoSerializer<Object> ofFunction(CustomPojoSerializer custom, Type type) {
        return new PojoSerializer<>() {
            @Override
            public Object fromJson(InputStream json) {
                return custom.fromJson(json, type);
            }

            @Override
            public Object fromJson(String json) {
                return custom.fromJson(json, type);
            }

            @Override
            public void toJson(Object value, OutputStream json) {
                custom.toJson(value, json, type);
            }
        };
    }
}
