package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"
)

type event struct {
	Name string `json:"name"`
}

type greeting struct {
	Message string `json:"message"`
}

func greet(_ context.Context, event event) (greeting, error) {
	if event.Name == "" {
		return greeting{}, fmt.Errorf("nobody to greet")
	}
	fmt.Println("greeting", event.Name)
	return greeting{Message: "Hello, " + event.Name + "!"}, nil
}

func main() {
	lambda.Start(greet)
}
