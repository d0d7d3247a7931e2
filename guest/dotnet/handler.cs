using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Threading.Tasks;
using Amazon.Lambda.RuntimeSupport.ExceptionHandling;

namespace Lambent.Guest
{
    /// <summary>The function's method, ready to be called. The rules and the words of its errors are AWS's.</summary>
    sealed class Handler
    {
        const BindingFlags Members = BindingFlags.DeclaredOnly | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;

        readonly MethodInfo method;
        readonly object? target;
        readonly object? serializer;
        readonly Log log;
        /// <summary>Null: the handler takes no event. A stream is given the bytes, other types go through the serializer.</summary>
        readonly Type? inputType;
        readonly MethodInfo? deserialize;
        /// <summary>Null: the handler takes no context.</summary>
        readonly Type? contextType;
        /// <summary>The property that holds what a task has made; null for handlers that are not asynchronous, or make nothing.</summary>
        readonly PropertyInfo? taskResult;
        readonly Type? outputType;
        readonly MethodInfo? serialize;

        Handler(MethodInfo method, object? target, object? serializer, string assemblyName, string typeName, Log log)
        {
            this.method = method;
            this.target = target;
            this.serializer = serializer;
            this.log = log;
            var parameters = method.GetParameters().Select(one => one.ParameterType).ToArray();
            if (parameters.Length > 2) throw Invalid($"Method '{method.Name}' of type '{typeName}' is not supported: the method has more than 2 parameters.");
            if (parameters.Length == 2 && !IsContext(parameters[1]))
                throw Invalid($"Method '{method.Name}' of type '{typeName}' is not supported: the method has 2 parameters, but the second parameter is not of type '{Core.ContextType}'.");
            contextType = parameters.LastOrDefault() is { } last && IsContext(last) ? last : null;
            inputType = parameters.FirstOrDefault() is { } first && !(parameters.Length == 1 && IsContext(first)) ? first : null;
            if (inputType != null && inputType != typeof(Stream)) deserialize = Serializing("Deserialize", "deserialize input data", inputType);

            var returned = method.ReturnType;
            var task = TaskOf(returned);
            taskResult = task?.GetProperty("Result");
            outputType = task != null ? task.GenericTypeArguments[0] : returned == typeof(void) || typeof(Task).IsAssignableFrom(returned) ? null : returned;
            if (outputType != null && !typeof(Stream).IsAssignableFrom(outputType)) serialize = Serializing("Serialize", "serialize output data", outputType);

            MethodInfo Serializing(string name, string what, Type type)
            {
                if (serializer == null)
                    throw Invalid($"Could not find the LambdaSerializerAttribute on the assembly '{assemblyName}' or method '{method.Name}' while attempting to {what} of type '{type.FullName}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with {Core.SerializerAttribute}.");
                return serializer.GetType().GetInterface(Core.SerializerType)!.GetMethod(name)!.MakeGenericMethod(type);
            }
        }

        /// <summary><paramref name="text"/>: <c>Assembly::Type::Method</c>. Makes the object whose method it is.</summary>
        public static Handler Load(string text, Log log)
        {
            var parts = text.Split("::", 3).Select(part => part.Trim()).ToArray();
            const string Format = "The valid format is 'ASSEMBLY::TYPE::METHOD'.";
            if (parts.Length != 3) throw Invalid($"Invalid lambda function handler: '{text}'. {Format}");
            var missing = Array.IndexOf(parts, "");
            if (missing >= 0) throw Invalid($"Invalid lambda function handler: '{text}', the {new[] { "assembly", "type", "method" }[missing]} is missing. {Format}");
            var assemblyName = new AssemblyName(parts[0]);
            var typeName = parts[1];
            var methodName = parts[2];

            Core.Watch(log);
            var assembly = LoadAssembly(assemblyName);
            var type = assembly.GetType(typeName) ?? throw Invalid($"Unable to load type '{typeName}' from assembly '{assemblyName}'.");
            var method = Find(type, methodName)
                ?? throw Invalid($"Unable to find method '{methodName}' in type '{typeName}' from assembly '{assemblyName}': Found no methods matching method name '{methodName}'.");
            Check(method);
            var target = Target(type, method);
            var handler = new Handler(method, target, Serializer(method, assembly), assemblyName.ToString(), typeName, log);
            if (handler.contextType != null) Core.Prepare(handler.contextType, log);
            return handler;
        }

        public void Call(Invocation invocation, Stream output)
        {
            var args = new object?[method.GetParameters().Length];
            if (contextType != null) args[^1] = Core.Context(contextType, invocation, log, serializer);
            if (inputType != null) args[0] = deserialize == null ? invocation.Input : Invoke(deserialize, serializer, invocation.Input);
            var result = Invoke(method, target, args);
            if (result is Task task)
            {
                task.GetAwaiter().GetResult();
                result = taskResult?.GetValue(task);
            }
            if (serialize != null) Invoke(serialize, serializer, result, output);
            else if (outputType != null) ((Stream)result!).CopyTo(output);
        }

        /// <summary>What the method throws comes as it is.</summary>
        static object? Invoke(MethodInfo method, object? target, params object?[] args) =>
            method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, args, null);

        static Assembly LoadAssembly(AssemblyName name)
        {
            try
            {
                return AssemblyLoadContext.Default.LoadFromAssemblyName(name);
            }
            catch (FileNotFoundException error)
            {
                throw Invalid($"Could not find the specified handler assembly with the file name '{error.FileName}'. The assembly should be located in the root of your uploaded .zip file.");
            }
            catch (Exception)
            {
                throw Invalid($"Unable to load assembly '{name}'.");
            }
        }

        /// <summary>The method of the type, or of the nearest one that it is derived from.</summary>
        static MethodInfo? Find(Type type, string name)
        {
            for (var one = type; one != null; one = one.BaseType)
            {
                var found = one.GetMethods(Members).Where(method => method.Name == name).ToArray();
                if (found.Length == 1) return found[0];
                if (found.Length > 1)
                    throw Invalid($"The method '{name}' in type '{one.FullName}' appears to have a number of overloads. To call this method please specify a complete method signature. Possible candidates are:\n{string.Join("\n", found.Select(method => method.ToString()))}.");
            }
            return null;
        }

        static void Check(MethodInfo method)
        {
            var cannot = $"The method '{method}' cannot be used as a Lambda Handler because it is";
            if (method.IsAbstract) throw Invalid($"{cannot} an abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method.");
            if (method.IsGenericMethod) throw Invalid($"{cannot} a generic method. Handler methods cannot be generic. Please specify a non-generic handler method.");
            if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
                throw Invalid($"{cannot} an 'async void' method. Handler methods cannot be 'async void'. Please specify a method that is not 'async void'.");
            if (method.GetParameters().LastOrDefault()?.IsDefined(typeof(ParamArrayAttribute)) == true)
                throw Invalid($"{cannot} a 'params' method. Please specify a method that does not use 'params'.");
            if ((method.CallingConvention & CallingConventions.VarArgs) == CallingConventions.VarArgs)
                throw Invalid($"{cannot} a 'vararg (variable arguments)' method. Please specify a method that is not 'vararg'.");
        }

        static object? Target(Type type, MethodInfo method)
        {
            if (type.IsGenericType) throw Invalid($"The type '{type.FullName}' cannot be used as a Lambda Handler type because it is generic. Handler methods cannot be located in generic types. Please specify a handler method in a non-generic type.");
            if (!method.IsStatic && type.IsAbstract) throw Invalid($"The instance method '{method}' cannot be used as a Lambda Handler because its type '{type.FullName}' is abstract. Please either use a static handler or specify a type that is not abstract.");
            if (!type.IsClass && !(type.IsValueType && !type.IsPrimitive && !type.IsEnum))
                throw Invalid($"The type '{type.FullName}' cannot be used as a handler type since it is not a class or a struct. Please specify a handler method on a class or struct.");
            if (!method.IsStatic) return Activator.CreateInstance(type);
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            return null;
        }

        /// <summary>The one that the method names, or its assembly; null: neither does.</summary>
        static object? Serializer(MethodInfo method, Assembly assembly)
        {
            static bool Names(Attribute one) => one.GetType().FullName == Core.SerializerAttribute;
            var attribute = method.GetCustomAttributes().SingleOrDefault(Names) ?? assembly.GetCustomAttributes().SingleOrDefault(Names);
            if (attribute == null) return null;
            var type = attribute.GetType().GetProperty("SerializerType")?.GetValue(attribute) as Type
                ?? throw Invalid($"The 'SerializerType' property on attribute class '{Core.SerializerAttribute}' is not set.");
            var constructor = type.GetConstructor(Type.EmptyTypes)
                ?? throw Invalid($"The indicated serializer '{type.FullName}' does not define a public zero-parameter constructor.");
            if (type.GetInterface(Core.SerializerType) == null)
                throw Invalid($"The '{type.FullName}' class is invalid: it does not implement the 'ILambdaSerializer' interface.");
            return constructor.Invoke(null);
        }

        static Type? TaskOf(Type? type) => type == null || (type.IsConstructedGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)) ? type : TaskOf(type.BaseType);

        static bool IsContext(Type type) => type.FullName == Core.ContextType;

        static LambdaValidationException Invalid(string message) => new LambdaValidationException(message);
    }
}
