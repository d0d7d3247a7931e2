package lambent.guest;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the function's handler as AWS's Java client does: `package.Class` that implements one of the two interfaces, or
 * `package.Class::method` with the longest signature that is one of a handler's.
 *
 * What is wrong with the function is thrown as a Fault if the init shall fail of it, and else told to every invocation.
 */
final class HandlerFinder {
    private HandlerFinder() {}

    static Handler find(String name, ClassLoader classes) {
        int colons = name.lastIndexOf("::");
        String className = colons < 0 ? name : name.substring(0, colons);
        String methodName = colons < 0 ? null : name.substring(colons + 2);
        if (className.isEmpty() || "".equals(methodName)) return failing(Fault.saying("Invalid handler: `" + name + "'"));
        Class<?> type;
        try {
            type = Class.forName(className, true, classes);
        } catch (ClassNotFoundException error) {
            return failing(Fault.classNotFound(error, className));
        } catch (NoClassDefFoundError error) {
            return failing(Fault.classNotLoaded(error, className));
        } catch (Throwable thrown) { // A static initialiser's.
            throw Fault.classNotLoaded(thrown, className);
        }
        try {
            return methodName == null ? ofClass(type) : ofMethod(type, methodName);
        } catch (Fault fault) {
            if (fault.isFatal) throw fault;
            return failing(fault);
        } catch (Throwable thrown) {
            return failing(Fault.of(thrown));
        }
    }

    private static Handler failing(Fault fault) {
        return (event, answer, context) -> {
            throw fault;
        };
    }

    // ---- Classes

    private static Handler ofClass(Class<?> type) throws Exception {
        if (RequestStreamHandler.class.isAssignableFrom(type)) {
            RequestStreamHandler handler = (RequestStreamHandler) instanceOf(type);
            return handler::handleRequest;
        }
        if (!RequestHandler.class.isAssignableFrom(type)) {
            throw Fault.saying("Class does not implement an appropriate handler interface: " + type.getName());
        }
        Type[] parameters = Generics.parametersOf(type, RequestHandler.class);
        if (parameters == null) {
            throw Fault.saying(
                "Class " + type.getName() + " does not implement RequestHandler with concrete type parameters");
        }
        for (Type parameter : parameters) {
            if (parameter instanceof TypeVariable && isUnbound((TypeVariable<?>) parameter)) {
                throw Fault.saying(
                    "Class " + type.getName() + " does not implement RequestHandler with concrete type parameters: "
                        + "parameter " + parameter + " has no upper bound.");
            }
        }
        @SuppressWarnings("unchecked") // Its own declaration says what it takes; the JSON mapping goes by that.
        RequestHandler<Object, Object> handler = (RequestHandler<Object, Object>) instanceOf(type);
        return new JsonHandler(parameters[0], parameters[1], handler::handleRequest);
    }

    private static boolean isUnbound(TypeVariable<?> variable) {
        for (Type bound : variable.getBounds()) if (!Object.class.equals(bound)) return false;
        return true;
    }

    private static Object instanceOf(Class<?> type) throws Exception {
        Constructor<?> constructor;
        try {
            constructor = type.getConstructor();
        } catch (NoSuchMethodException error) {
            if (type.getEnclosingClass() != null && !Modifier.isStatic(type.getModifiers())) {
                throw new Exception(
                    "Class " + type.getName() + " cannot be instantiated because it is a non-static inner class");
            }
            throw new Exception("Class " + type.getName() + " has no public zero-argument constructor", error);
        }
        try {
            return constructor.newInstance();
        } catch (InvocationTargetException error) {
            throw Fault.fatal(error.getCause());
        }
    }

    // ---- Methods

    private static Handler ofMethod(Class<?> type, String name) throws Exception {
        List<Method> overloads = new ArrayList<>();
        try {
            for (Method method : type.getMethods()) if (method.getName().equals(name)) overloads.add(method);
        } catch (NoClassDefFoundError error) {
            throw Fault.methodsNotLoaded(error, type.getName(), name);
        }
        overloads.sort(
            Comparator.comparing(Method::isBridge).thenComparing(HandlerFinder::weight, Comparator.reverseOrder()));
        for (Method method : overloads) {
            Handler handler = ofOverload(type, method);
            if (handler != null) return handler;
        }
        throw Fault.saying(
            "No public method named " + name + " with appropriate method signature found on class " + type.getName());
    }

    /** The longer signature wins; a context at the end counts twice. */
    private static int weight(Method method) {
        Class<?>[] types = method.getParameterTypes();
        return types.length + (types.length > 0 && isContext(types[types.length - 1]) ? 1 : 0);
    }

    /** Null if this is no handler's signature, which the log is told. */
    private static Handler ofOverload(Class<?> type, Method method) throws Exception {
        Type[] parameters = method.getGenericParameterTypes();
        boolean takesContext = parameters.length > 0 && isContext(parameters[parameters.length - 1]);
        int others = parameters.length - (takesContext ? 1 : 0);
        boolean fromStream = others > 0 && InputStream.class.equals(parameters[0]);
        boolean toStream = others > 0 && OutputStream.class.equals(parameters[others - 1]) && others == (fromStream ? 2 : 1);
        String ignored = whyIgnored(method, parameters, others, fromStream, toStream);
        if (ignored != null) {
            System.err.println(ignored);
            return null;
        }
        if (fromStream || toStream) return streaming(type, method, fromStream, toStream, takesContext);
        Type input = others == 0 ? null : parameters[0];
        Object target = targetOf(type, method);
        return new JsonHandler(
            input,
            method.getGenericReturnType(),
            (value, context) -> {
                Object[] arguments = new Object[parameters.length];
                if (input != null) arguments[0] = value;
                if (takesContext) arguments[others] = context;
                return call(method, target, arguments);
            });
    }

    private static String whyIgnored(Method method, Type[] types, int others, boolean fromStream, boolean toStream) {
        switch (types.length) {
            case 0:
            case 1:
                return null;
            case 2:
                if (isContext(types[0])) return "Ignoring two-argument overload because first argument type is Context";
                if (others == 1 || fromStream && toStream) return null;
                if (OutputStream.class.equals(types[0])) {
                    return "Ignoring two-argument overload because first argument type is OutputStream and second argument type is not Context";
                }
                if (fromStream) {
                    return "Ignoring two-argument overload because second parameter type, "
                        + method.getParameterTypes()[1].getName() + ", is not OutputStream.";
                }
                return "Ignoring two-argument overload because second parameter type is not Context";
            case 3:
                return others == 2 && fromStream && toStream
                    ? null
                    : "Ignoring three-argument overload because argument signature is not (InputStream, OutputStream, Context";
            default:
                return "Ignoring an overload of method " + method.getName()
                    + " because it has too many parameters: Expected at most 3, got " + types.length;
        }
    }

    private static boolean isContext(Type type) {
        return Context.class.equals(type);
    }

    private static Handler streaming(
            Class<?> type, Method method, boolean fromStream, boolean toStream, boolean takesContext) throws Exception {
        if (!JsonHandler.isVoid(method.getReturnType())) {
            System.err.println("Will ignore return type " + method.getReturnType() + " on byte stream handler");
        }
        Object target = targetOf(type, method);
        return (event, answer, context) -> {
            List<Object> arguments = new ArrayList<>();
            if (fromStream) arguments.add(event);
            if (toStream) arguments.add(answer);
            if (takesContext) arguments.add(context);
            call(method, target, arguments.toArray());
            if (!toStream) answer.write(JsonHandler.NULL);
        };
    }

    private static Object targetOf(Class<?> type, Method method) throws Exception {
        return Modifier.isStatic(method.getModifiers()) ? null : instanceOf(type);
    }

    private static Object call(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException error) {
            throw error.getCause();
        }
    }
}
