// What the tests of the runtime clients deploy, in Go.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do string `json:"do"`
}

var count = 0

func handle(ctx context.Context, event event) (any, error) {
	count++
	switch event.Do {
	case "context":
		about, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		fmt.Println("about", about.AwsRequestID)
		return map[string]any{
			"requestId":   about.AwsRequestID,
			"arn":         about.InvokedFunctionArn,
			"who":         about.ClientContext.Custom["who"],
			"remainingMs": time.Until(deadline).Milliseconds(),
		}, nil
	case "fail":
		return nil, errors.New("as asked")
	case "stream":
		return strings.NewReader("one two three"), nil
	case "exit":
		os.Exit(3)
	}
	return count, nil
}

func main() {
	if os.Getenv("INIT") == "fail" {
		os.Exit(4)
	}
	lambda.Start(handle)
}
