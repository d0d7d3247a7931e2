using System;
using System.Buffers;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

// AWS's name, which callers see and the log shows.
namespace Amazon.Lambda.RuntimeSupport.ExceptionHandling
{
    /// <summary>What is wrong with a handler.</summary>
    sealed class LambdaValidationException : Exception
    {
        public LambdaValidationException(string message) : base(message) { }
    }
}

namespace Lambent.Guest
{
    static class Fault
    {
        const int BytesMax = 256 * 1024;
        const string TooLarge = "{\"errorMessage\": \"Exception exceeded maximum payload size of 256KB.\"}";

        /// <summary>AWS's form: the type's short name, the message, the stack; and the same of each inner exception.</summary>
        public static string Payload(Exception error)
        {
            var bytes = new ArrayBufferWriter<byte>();
            var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            using (var json = new Utf8JsonWriter(bytes, options)) Write(json, error);
            return bytes.WrittenCount > BytesMax ? TooLarge : Encoding.UTF8.GetString(bytes.WrittenSpan) + "\n";
        }

        static void Write(Utf8JsonWriter json, Exception error)
        {
            json.WriteStartObject();
            json.WriteString("errorType", error.GetType().Name);
            json.WriteString("errorMessage", error.Message);
            var frames = Frames(error);
            if (frames.Length > 0)
            {
                json.WriteStartArray("stackTrace");
                foreach (var frame in frames) json.WriteStringValue(frame);
                json.WriteEndArray();
            }
            if (error.InnerException != null)
            {
                json.WritePropertyName("cause");
                Write(json, error.InnerException);
            }
            if (error is AggregateException { InnerExceptions: { Count: > 0 } } aggregate)
            {
                json.WriteStartArray("causes");
                foreach (var inner in aggregate.InnerExceptions) Write(json, inner);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }

        /// <summary>Down to the handler: what called it is ours.</summary>
        static string[] Frames(Exception error)
        {
            if (string.IsNullOrEmpty(error.StackTrace)) return Array.Empty<string>();
            var lines = new StackTrace(error, true).ToString().Split('\n').Select(line => line.Trim()).Where(line => line != "").ToList();
            while (lines.Count > 1 && IsOurs(lines[^1])) lines.RemoveAt(lines.Count - 1);
            return lines.ToArray();
        }

        static bool IsOurs(string line) =>
            new[] { "at Lambent.Guest.", "at System.Reflection.", "at System.RuntimeMethodHandle.", "at InvokeStub_" }.Any(line.StartsWith);
    }
}
