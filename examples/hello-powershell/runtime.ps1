# A custom runtime in PowerShell: asks AWS's Runtime API for one event after another, and gives each to the command that the
# handler setting names ("hello.ps1::Get-Greeting": Get-Greeting, which hello.ps1 defines).
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if ($PSStyle) { $PSStyle.OutputRendering = 'PlainText' }

$api = "http://$($env:AWS_LAMBDA_RUNTIME_API)/2018-06-01/runtime"
$client = [System.Net.Http.HttpClient]::new()
# The next event comes when it comes.
$client.Timeout = [System.Threading.Timeout]::InfiniteTimeSpan

function Send-Answer([string] $Path, [string] $Json) {
    $content = [System.Net.Http.StringContent]::new($Json, [System.Text.Encoding]::UTF8, 'application/json')
    $client.PostAsync("$api/$Path", $content).GetAwaiter().GetResult().Dispose()
}

function Send-Failure([string] $Path, $Record) {
    $exception = $Record.Exception
    [Console]::Error.WriteLine("$($exception.GetType().FullName): $($exception.Message)`n$($Record.ScriptStackTrace)")
    $failure = @{
        errorType = $exception.GetType().Name
        errorMessage = $exception.Message
        stackTrace = @("$($Record.ScriptStackTrace)" -split "`n")
    }
    Send-Answer $Path (ConvertTo-Json -InputObject $failure -Compress)
}

try {
    $script, $command = $env:_HANDLER -split '::', 2
    . (Join-Path $env:LAMBDA_TASK_ROOT $script)
    $handler = Get-Command -Name $command
} catch {
    Send-Failure 'init/error' $_
    exit 1
}

while ($true) {
    $next = $client.GetAsync("$api/invocation/next").GetAwaiter().GetResult()
    $id = @($next.Headers.GetValues('Lambda-Runtime-Aws-Request-Id'))[0]
    $context = [pscustomobject]@{
        AwsRequestId = $id
        FunctionName = $env:AWS_LAMBDA_FUNCTION_NAME
        InvokedFunctionArn = @($next.Headers.GetValues('Lambda-Runtime-Invoked-Function-Arn'))[0]
        Deadline = [DateTimeOffset]::FromUnixTimeMilliseconds(@($next.Headers.GetValues('Lambda-Runtime-Deadline-Ms'))[0])
    }
    $text = $next.Content.ReadAsStringAsync().GetAwaiter().GetResult()
    $next.Dispose()
    try {
        $answer = & $handler (ConvertFrom-Json -InputObject $text) $context
        $json = ConvertTo-Json -InputObject $answer -Compress -Depth 100
    } catch {
        Send-Failure "invocation/$id/error" $_
        continue
    }
    Send-Answer "invocation/$id/response" $json
}
