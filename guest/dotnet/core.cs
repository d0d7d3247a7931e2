using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text.Json;

namespace Lambent.Guest
{
    /// <summary>
    /// The function's own Amazon.Lambda.Core, whichever version it brings: met by reflection only, so that it may bring none.
    /// </summary>
    static class Core
    {
        public const string ContextType = "Amazon.Lambda.Core.ILambdaContext";
        public const string SerializerType = "Amazon.Lambda.Core.ILambdaSerializer";
        public const string SerializerAttribute = "Amazon.Lambda.Core.LambdaSerializerAttribute";

        const string Name = "Amazon.Lambda.Core";

        /// <summary>Null: the function has not loaded it.</summary>
        public static Assembly? Assembly { get; private set; }

        /// <summary>From now on, whenever it is loaded, <c>LambdaLogger</c> writes to our log.</summary>
        public static void Watch(Log log)
        {
            AppDomain.CurrentDomain.AssemblyLoad += (_, args) =>
            {
                if (Assembly != null || args.LoadedAssembly.GetName().Name != Name) return;
                Assembly = args.LoadedAssembly;
                var logger = Assembly.GetType("Amazon.Lambda.Core.LambdaLogger");
                void Set(string field, Delegate action) =>
                    logger?.GetField(field, BindingFlags.Static | BindingFlags.NonPublic)?.SetValue(null, action);
                Set("_loggingAction", new Action<string>(message => log.Write(null, null, message)));
                Set("_loggingWithLevelAction", new Action<string, string, object[]>((level, message, values) => log.Write(Log.LevelOf(level), null, message, values)));
                Set("_loggingWithLevelAndExceptionAction", new Action<string, Exception, string, object[]>((level, error, message, values) => log.Write(Log.LevelOf(level), error, message, values)));
            };
        }

        /// <summary>
        /// What stands in for interfaces is made at its first use: now, while an init has a whole processor, and not in the first
        /// invocation, which has what the function's memory buys.
        /// </summary>
        public static void Prepare(Type contextType, Log log)
        {
            var context = Context(contextType, new Invocation(), log, null);
            contextType.GetProperty("Logger")?.GetValue(context);
        }

        /// <summary>An <c>ILambdaContext</c>; <paramref name="type"/> is that interface.</summary>
        public static object Context(Type type, Invocation invocation, Log log, object? serializer) => Facade.Of(type, (member, _) => member.Name switch
        {
            "get_AwsRequestId" => invocation.RequestId,
            "get_ClientContext" => ClientContext(member.ReturnType, Json(invocation.ClientContext)),
            "get_FunctionName" => Program.Variable("AWS_LAMBDA_FUNCTION_NAME"),
            "get_FunctionVersion" => Program.Variable("AWS_LAMBDA_FUNCTION_VERSION"),
            "get_Identity" => Identity(member.ReturnType, Json(invocation.CognitoIdentity)),
            "get_InvokedFunctionArn" => invocation.InvokedFunctionArn,
            "get_Logger" => Logger(member.ReturnType, log),
            "get_LogGroupName" => Program.Variable("AWS_LAMBDA_LOG_GROUP_NAME"),
            "get_LogStreamName" => Program.Variable("AWS_LAMBDA_LOG_STREAM_NAME"),
            "get_MemoryLimitInMB" => int.TryParse(Program.Variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out var mb) ? mb : 0,
            "get_RemainingTime" => invocation.Deadline - DateTimeOffset.UtcNow,
            "get_Serializer" => serializer,
            "get_TenantId" => invocation.TenantId,
            "get_TraceId" => invocation.TraceId,
            _ => null,
        });

        static object ClientContext(Type type, JsonElement? json) => Facade.Of(type, (member, _) => member.Name switch
        {
            "get_Client" => Property(json, "client") is { } client ? Client(member.ReturnType, client) : null,
            "get_Custom" => Strings(Property(json, "custom")),
            "get_Environment" => Strings(Property(json, "env")),
            _ => null,
        });

        static object Client(Type type, JsonElement json) => Facade.Of(type, (member, _) => member.Name switch
        {
            "get_AppPackageName" => Text(json, "app_package_name"),
            "get_AppTitle" => Text(json, "app_title"),
            "get_AppVersionCode" => Text(json, "app_version_code"),
            "get_AppVersionName" => Text(json, "app_version_name"),
            "get_InstallationId" => Text(json, "installation_id"),
            _ => null,
        });

        static object Identity(Type type, JsonElement? json) => Facade.Of(type, (member, _) => member.Name switch
        {
            "get_IdentityId" => Text(json, "cognitoIdentityId"),
            "get_IdentityPoolId" => Text(json, "cognitoIdentityPoolId"),
            _ => null,
        });

        /// <summary>Every method of the logger is one of: a level in its name or first, then an exception, a message, values.</summary>
        static object Logger(Type type, Log log) => Facade.Of(type, (member, args) =>
        {
            if (member.Name == "Log" && args.Length == 1)
            {
                Console.Write(args[0]);
                return null;
            }
            var level = member.Name switch
            {
                "Log" => Log.LevelOf(args[0]?.ToString()),
                "LogLine" => Level.Information,
                _ => Log.LevelOf(member.Name.Substring("Log".Length)),
            };
            var rest = args.Skip(member.Name == "Log" ? 1 : 0).ToArray();
            log.Write(level, rest.OfType<Exception>().FirstOrDefault(), rest.OfType<string>().FirstOrDefault() ?? "", rest.OfType<object[]>().FirstOrDefault());
            return null;
        });

        static JsonElement? Json(string? text) => string.IsNullOrWhiteSpace(text) ? null : JsonDocument.Parse(text).RootElement;

        static JsonElement? Property(JsonElement? json, string name) =>
            json is { ValueKind: JsonValueKind.Object } one && one.TryGetProperty(name, out var value) ? value : null;

        static string? Text(JsonElement? json, string name) => Property(json, name)?.ToString();

        static IDictionary<string, string>? Strings(JsonElement? json) =>
            json?.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.ToString());
    }

    /// <summary>An object of an interface that we know only by name.</summary>
    public class Facade : DispatchProxy
    {
        static readonly MethodInfo Create2 = typeof(DispatchProxy).GetMethods().Single(one => one.Name == "Create" && one.IsGenericMethod);

        Func<MethodInfo, object?[], object?> answer = (_, _) => null;

        public static object Of(Type type, Func<MethodInfo, object?[], object?> answer)
        {
            var made = (Facade)Create2.MakeGenericMethod(type, typeof(Facade)).Invoke(null, null)!;
            made.answer = answer;
            return made;
        }

        protected override object? Invoke(MethodInfo? member, object?[]? args)
        {
            var type = member!.ReturnType;
            return answer(member, args ?? Array.Empty<object>()) ?? (type.IsValueType && type != typeof(void) ? Activator.CreateInstance(type) : null);
        }
    }
}
