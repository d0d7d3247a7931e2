# frozen_string_literal: true

# What a handler is told of its invocation. The name and the methods are AWS's.
class LambdaContext
  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
              :memory_limit_in_mb, :function_version, :identity, :tenant_id, :client_context, :deadline_ms

  def initialize(head)
    # The monotonic clock counts the time that is left, so that a corrected clock does not change it.
    @clock_difference = now(Process::CLOCK_REALTIME) - now(Process::CLOCK_MONOTONIC)
    @deadline_ms = head['deadlineMs'].to_i
    @aws_request_id = head['requestId']
    @invoked_function_arn = head['invokedArn']
    @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
    @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
    @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
    @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
    @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
    @identity = parsed(head['cognitoIdentity'])
    @client_context = parsed(head['clientContext'])
  end

  def get_remaining_time_in_millis # rubocop:disable Naming/AccessorMethodName -- AWS's name.
    left = @deadline_ms - (now(Process::CLOCK_MONOTONIC) + @clock_difference)
    left.positive? ? left : 0
  end

  private

  def now(clock)
    Process.clock_gettime(clock, :millisecond)
  end

  def parsed(text)
    JSON.parse(text) unless text.to_s.empty?
  end
end
