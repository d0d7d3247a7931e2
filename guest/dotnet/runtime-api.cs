using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lambent.Guest
{
    /// <summary>One event, and what came with it.</summary>
    sealed class Invocation
    {
        public string RequestId = "";
        public string InvokedFunctionArn = "";
        public string? TraceId;
        public string? TenantId;
        public string? ClientContext;
        public string? CognitoIdentity;
        public DateTimeOffset Deadline;
        public Stream Input = Stream.Null;
    }

    /// <summary>
    /// AWS's HTTP Runtime API, over one connection that the platform keeps open. .NET's own client takes a quarter of a cold
    /// start to get ready. What the platform does not accept ends the process: it can do nothing else.
    /// </summary>
    sealed class RuntimeApi : IDisposable
    {
        const string Root = "/2018-06-01/runtime/";
        const int ReadBytes = 64 * 1024;

        readonly string address;
        Stream connection = Stream.Null;

        public RuntimeApi(string address)
        {
            this.address = address;
            Connect();
        }

        public Invocation Next()
        {
            var (headers, body) = Send("GET", "invocation/next");
            string? Header(string name) => headers.TryGetValue("Lambda-Runtime-" + name, out var value) ? value : null;
            return new Invocation
            {
                RequestId = Header("Aws-Request-Id") ?? "",
                InvokedFunctionArn = Header("Invoked-Function-Arn") ?? "",
                TraceId = Header("Trace-Id"),
                TenantId = Header("Aws-Tenant-Id"),
                ClientContext = Header("Client-Context"),
                CognitoIdentity = Header("Cognito-Identity"),
                Deadline = DateTimeOffset.FromUnixTimeMilliseconds(long.TryParse(Header("Deadline-Ms"), out var ms) ? ms : 0),
                Input = new MemoryStream(body, false),
            };
        }

        public void Response(string requestId, MemoryStream output) =>
            Send("POST", $"invocation/{requestId}/response", "Content-Type: application/json\r\n", output.GetBuffer().AsMemory(0, (int)output.Length));

        public void Error(string requestId, Exception error) => PostError($"invocation/{requestId}/error", error, error.GetType().Name);

        /// <summary>AWS names a type only for hooks.</summary>
        public void InitError(Exception error, string? errorType = null) => PostError("init/error", error, errorType);

        public void RestoreError(Exception error, string errorType) => PostError("restore/error", error, errorType);

        /// <summary>Returns when a snapshot's environment goes on.</summary>
        public void RestoreNext() => Send("GET", "restore/next");

        void PostError(string path, Exception error, string? errorType)
        {
            var type = errorType == null ? "" : $"Lambda-Runtime-Function-Error-Type: {errorType}\r\n";
            Send("POST", path, $"Content-Type: application/vnd.aws.lambda.error+json\r\n{type}", Encoding.UTF8.GetBytes(Fault.Payload(error)));
        }

        (Dictionary<string, string> Headers, byte[] Body) Send(string method, string path, string headers = "", ReadOnlyMemory<byte> body = default)
        {
            var head = $"{method} {Root}{path} HTTP/1.1\r\nHost: {address}\r\n{headers}{(method == "POST" ? $"Content-Length: {body.Length}\r\n" : "")}\r\n";
            connection.Write(Encoding.UTF8.GetBytes(head));
            connection.Write(body.Span);
            connection.Flush();
            var status = Line().Split(' ')[1];
            var answered = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            for (var line = Line(); line != ""; line = Line())
            {
                var colon = line.IndexOf(':');
                answered[line.Substring(0, colon)] = line.Substring(colon + 1).Trim();
            }
            var content = Content(answered);
            if (answered.TryGetValue("Connection", out var then) && then.Equals("close", StringComparison.OrdinalIgnoreCase)) Connect();
            // A response that is too large has been turned into an error by the platform: the environment goes on (AWS).
            if (status[0] != '2' && status != "413") throw new IOException($"the Runtime API answered {method} {path} with {status}: {Encoding.UTF8.GetString(content)}");
            return (answered, content);
        }

        byte[] Content(Dictionary<string, string> headers)
        {
            if (headers.TryGetValue("Content-Length", out var length)) return Bytes(int.Parse(length, CultureInfo.InvariantCulture));
            if (!headers.ContainsKey("Transfer-Encoding")) return Array.Empty<byte>();
            var content = new MemoryStream();
            for (; ; )
            {
                var size = int.Parse(Line().Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                content.Write(Bytes(size));
                Line();
                if (size == 0) return content.ToArray();
            }
        }

        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            for (var at = 0; at < count;)
            {
                var read = connection.Read(bytes, at, count - at);
                if (read == 0) throw new EndOfStreamException("the Runtime API has hung up");
                at += read;
            }
            return bytes;
        }

        /// <summary>A line of a head, in UTF-8: a client context may hold any text.</summary>
        string Line()
        {
            var line = new List<byte>();
            for (; ; )
            {
                var next = connection.ReadByte();
                if (next < 0) throw new EndOfStreamException("the Runtime API has hung up");
                if (next == '\n') return Encoding.UTF8.GetString(line.ToArray()).TrimEnd('\r');
                line.Add((byte)next);
            }
        }

        void Connect()
        {
            connection.Dispose();
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPEndPoint.Parse(address));
            connection = new BufferedStream(new NetworkStream(socket, true), ReadBytes);
        }

        public void Dispose() => connection.Dispose();
    }
}
