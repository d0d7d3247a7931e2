// Handlers of every form, and what they may do.
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using Amazon.Lambda.Core;
using Amazon.Lambda.Serialization.SystemTextJson;

[assembly: LambdaSerializer(typeof(DefaultLambdaJsonSerializer))]

namespace Forms
{
    public record Point(int X, string Name);

    public class Base
    {
        public string Inherited(string value) => value + " from the base";
    }

    public class Function : Base
    {
        int count;

        public static int Number(int value) => value + 1;
        public Point Poco(Point point) => point with { X = point.X * 2 };
        public List<Point> Points(List<Point> points, ILambdaContext context) => points;
        public void Nothing() { }
        public int Count(ILambdaContext context) => ++count;
        public string Large(int megabytes) => $"{++count}" + new string('x', megabytes << 20);
        public async Task<string> Later(string value)
        {
            await Task.Delay(1);
            return value.ToUpperInvariant();
        }
        public async Task NothingLater(string value) => await Task.Yield();
        public Stream Bytes(Stream input)
        {
            var text = new StreamReader(input).ReadToEnd();
            return new MemoryStream(Encoding.UTF8.GetBytes(text + "é"));
        }
        internal string Hidden() => "found";
        public string Over(string value) => "one";
        public string Over(string value, ILambdaContext context) => "two";

        public Dictionary<string, object> Context(object any, ILambdaContext context) => new()
        {
            ["id"] = context.AwsRequestId,
            ["arn"] = context.InvokedFunctionArn,
            ["name"] = context.FunctionName,
            ["version"] = context.FunctionVersion,
            ["memory"] = context.MemoryLimitInMB,
            ["group"] = context.LogGroupName,
            ["left"] = context.RemainingTime.TotalSeconds is > 0 and <= 30,
            ["custom"] = context.ClientContext.Custom?["k"],
            ["app"] = context.ClientContext.Client?.AppTitle,
            ["identity"] = context.Identity.IdentityId,
            ["trace"] = context.TraceId == Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID"),
            ["directory"] = Directory.GetCurrentDirectory(),
            ["wrapped"] = Environment.GetEnvironmentVariable("WRAPPED"),
        };

        public void Log(object any, ILambdaContext context)
        {
            Console.WriteLine("printed");
            Console.Error.WriteLine("told {0}", 1);
            Console.Write("raw\n");
            LambdaLogger.Log("of no level");
            context.Logger.LogLine("a line");
            context.Logger.LogWarning("two\nlines");
            context.Logger.LogDebug("left out");
            context.Logger.LogInformation("{user} bought {count:000}", "Ada", 7);
            context.Logger.LogError(new InvalidOperationException("as asked"), "failed");
        }

        public void Fail(object any) => throw new InvalidOperationException("as asked", new IOException("below"));
        public async Task<string> FailLater(object any)
        {
            await Task.Yield();
            throw new ArgumentException("too late");
        }
        public void Exit(object any) => Environment.Exit(3);

        public static async void AsyncVoid() => await Task.Yield();
        public void Generic<T>() { }
        public void Params(params string[] values) { }
        public void Three(string a, ILambdaContext b, string c) { }
        public void Second(string a, string b) { }
    }

    public class Broken
    {
        public Broken() => throw new InvalidOperationException("no init");
        public void Handle() { }
    }

    public abstract class Abstract
    {
        public void Handle() { }
    }

    public class Snapshot
    {
        static readonly List<string> Seen = new();
        public Snapshot()
        {
            SnapshotRestore.RegisterBeforeSnapshot(() => Hook("before 1"));
            SnapshotRestore.RegisterBeforeSnapshot(() => Hook("before 2"));
            SnapshotRestore.RegisterAfterRestore(() => Hook("after"));
        }
        static ValueTask Hook(string name)
        {
            Seen.Add(name);
            return ValueTask.CompletedTask;
        }
        public List<string> Hooks() => Seen;
    }
}
