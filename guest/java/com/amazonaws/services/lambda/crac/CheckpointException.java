package com.amazonaws.services.lambda.crac;

/** What the hooks have thrown is suppressed in it. */
public class CheckpointException extends Exception {
    private static final long serialVersionUID = 1;
}
