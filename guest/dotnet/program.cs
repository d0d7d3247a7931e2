using System;
using System.Globalization;
using System.IO;

namespace Lambent.Guest
{
    /// <summary>
    /// Runs a .NET function that is a class library, as Amazon.Lambda.RuntimeSupport does in AWS's image: its one argument is
    /// the handler, <c>Assembly::Type::Method</c>; it asks the Runtime API for events and ends with its environment. It is
    /// started with the function's own <c>deps.json</c> and <c>runtimeconfig.json</c>, so the function's assemblies are where
    /// the runtime looks, and it knows none of them, nor AWS's libraries, before.
    /// </summary>
    static class Program
    {
        static int Main(string[] args)
        {
            var log = Log.Install();
            using var api = new RuntimeApi(Variable("AWS_LAMBDA_RUNTIME_API"));
            Handler handler;
            try
            {
                LimitHeap();
                handler = Handler.Load(args[0], log);
            }
            catch (Exception error)
            {
                log.Write(Level.Error, error, "");
                api.InitError(error);
                return 1;
            }
            if (Variable("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start" && !SnapStart.Run(api, log)) return 1;
            for (; ; )
            {
                var invocation = api.Next();
                log.Invocation = invocation;
                Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", invocation.TraceId);
                Answer(api, log, handler, invocation);
            }
        }

        static void Answer(RuntimeApi api, Log log, Handler handler, Invocation invocation)
        {
            var output = new MemoryStream();
            try
            {
                handler.Call(invocation, output);
            }
            catch (Exception error)
            {
                log.Write(Level.Error, error, "");
                api.Error(invocation.RequestId, error);
                return;
            }
            api.Response(invocation.RequestId, output);
        }

        /// <summary>The runtime sizes its heap by the machine's memory, of which a function has a part (AWS does the same).</summary>
        static void LimitHeap()
        {
            if (!ulong.TryParse(Variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out var megabytes)) return;
            // Since .NET 8; before, the limit is read at the start only.
            var refresh = typeof(GC).GetMethod("RefreshMemoryLimit", Type.EmptyTypes);
            if (refresh == null || (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes < megabytes << 20) return;
            AppContext.SetData("GCHeapHardLimit", megabytes << 20);
            refresh.Invoke(null, null);
        }

        internal static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";
    }
}
