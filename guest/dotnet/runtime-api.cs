using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;

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

    /// <summary>AWS's HTTP Runtime API. What the platform does not accept ends the process: it can do nothing else.</summary>
    sealed class RuntimeApi : IDisposable
    {
        readonly HttpClient client;
        readonly string root;

        public RuntimeApi(string address)
        {
            // An environment waits for as long as it lives. The client context is UTF-8 in a header.
            var handler = new SocketsHttpHandler { UseProxy = false, ResponseHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
            client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            root = $"http://{address}/2018-06-01/runtime/";
        }

        public Invocation Next()
        {
            using var answer = Send(new HttpRequestMessage(HttpMethod.Get, root + "invocation/next"));
            string? Header(string name) => answer.Headers.TryGetValues("Lambda-Runtime-" + name, out var values) ? values.First() : null;
            var input = new MemoryStream();
            answer.Content.CopyTo(input, null, CancellationToken.None);
            input.Position = 0;
            return new Invocation
            {
                RequestId = Header("Aws-Request-Id") ?? "",
                InvokedFunctionArn = Header("Invoked-Function-Arn") ?? "",
                TraceId = Header("Trace-Id"),
                TenantId = Header("Aws-Tenant-Id"),
                ClientContext = Header("Client-Context"),
                CognitoIdentity = Header("Cognito-Identity"),
                Deadline = DateTimeOffset.FromUnixTimeMilliseconds(long.TryParse(Header("Deadline-Ms"), out var ms) ? ms : 0),
                Input = input,
            };
        }

        public void Response(string requestId, MemoryStream output)
        {
            output.Position = 0;
            Post($"invocation/{requestId}/response", new StreamContent(output), "application/json");
        }

        public void Error(string requestId, Exception error) => PostError($"invocation/{requestId}/error", error, error.GetType().Name);

        public void InitError(Exception error, string? errorType = null) => PostError("init/error", error, errorType ?? error.GetType().Name);

        public void RestoreError(Exception error, string errorType) => PostError("restore/error", error, errorType);

        /// <summary>Returns when a snapshot's environment goes on.</summary>
        public void RestoreNext() => Send(new HttpRequestMessage(HttpMethod.Get, root + "restore/next")).Dispose();

        void PostError(string path, Exception error, string errorType)
        {
            var content = new StringContent(Fault.Payload(error));
            content.Headers.Add("Lambda-Runtime-Function-Error-Type", errorType);
            Post(path, content, "application/vnd.aws.lambda.error+json");
        }

        void Post(string path, HttpContent content, string contentType)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
            Send(new HttpRequestMessage(HttpMethod.Post, root + path) { Content = content }).Dispose();
        }

        HttpResponseMessage Send(HttpRequestMessage request)
        {
            var answer = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            // A response that is too large has been turned into an error by the platform: the environment goes on (AWS).
            if ((int)answer.StatusCode != 413) answer.EnsureSuccessStatusCode();
            return answer;
        }

        public void Dispose() => client.Dispose();
    }
}
