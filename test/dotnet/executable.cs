// An executable: it asks the Runtime API for events itself.
using System;
using System.Linq;
using System.Net.Http;

var api = $"http://{Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")}/2018-06-01/runtime/invocation/";
using var client = new HttpClient();
for (; ; )
{
    using var next = await client.GetAsync(api + "next");
    var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
    var answer = $"{await next.Content.ReadAsStringAsync()} {Environment.GetEnvironmentVariable("WRAPPED")}";
    await client.PostAsync($"{api}{id}/response", new StringContent(answer));
}
