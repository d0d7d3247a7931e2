// What functions see of Amazon.Lambda.Core, as far as the tests' own use it: no registry that the tests use has the library.
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;

namespace Amazon.Lambda.Core
{
    public interface ILambdaContext
    {
        string AwsRequestId { get; }
        IClientContext ClientContext { get; }
        string FunctionName { get; }
        string FunctionVersion { get; }
        ICognitoIdentity Identity { get; }
        string InvokedFunctionArn { get; }
        ILambdaLogger Logger { get; }
        string LogGroupName { get; }
        string LogStreamName { get; }
        int MemoryLimitInMB { get; }
        TimeSpan RemainingTime { get; }
        string TraceId => string.Empty;
    }

    public interface IClientContext
    {
        IDictionary<string, string> Environment { get; }
        IClientApplication Client { get; }
        IDictionary<string, string> Custom { get; }
    }

    public interface IClientApplication
    {
        string AppTitle { get; }
    }

    public interface ICognitoIdentity
    {
        string IdentityId { get; }
        string IdentityPoolId { get; }
    }

    public interface ILambdaLogger
    {
        void Log(string message);
        void LogLine(string message);
        void Log(string level, string message) => LogLine(message);
        void Log(string level, Exception exception, string message, params object[] args) => Log(level, message);
        void LogInformation(string message) => Log("Information", message);
        void LogInformation(string message, params object[] args) => Log("Information", message);
        void LogDebug(string message) => Log("Debug", message);
        void LogWarning(string message) => Log("Warning", message);
        void LogError(Exception exception, string message) => Log("Error", exception, message);
    }

    public static class LambdaLogger
    {
        static Action<string> _loggingAction = Console.WriteLine;
        public static void Log(string message) => _loggingAction(message);
    }

    public interface ILambdaSerializer
    {
        T Deserialize<T>(Stream requestStream);
        void Serialize<T>(T response, Stream responseStream);
    }

    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Assembly)]
    public sealed class LambdaSerializerAttribute : Attribute
    {
        public LambdaSerializerAttribute(Type serializerType) => SerializerType = serializerType;
        public Type SerializerType { get; }
    }

    public static class SnapshotRestore
    {
        static readonly List<Func<ValueTask>> before = new(), after = new();
        public static void RegisterBeforeSnapshot(Func<ValueTask> action) => before.Add(action);
        public static void RegisterAfterRestore(Func<ValueTask> action) => after.Add(action);
        internal static void CopyBeforeSnapshotCallbacksToRegistry(Action<Func<ValueTask>> register) => before.ForEach(register);
        internal static void CopyAfterRestoreCallbacksToRegistry(Action<Func<ValueTask>> register) => after.ForEach(register);
    }
}
