$script:count = 0

function Get-Greeting($Request, $Context) {
    if (-not $Request.name) { throw [System.ArgumentException]::new('who is it?') }
    $script:count += 1
    Write-Host "greeting $($Request.name)"
    [ordered]@{ message = "Hello, $($Request.name)!"; count = $script:count; function = $Context.FunctionName }
}
