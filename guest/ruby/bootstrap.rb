# frozen_string_literal: true

# The first process of a Ruby sandbox: connects, waits for a function, loads it, runs its invocations.
#
# It starts in the warm pool, before any function is known; what a cold start will need is loaded and run once up front
# (`warm_up`). Protocol: ../frames.md. Behaviour: that of the published aws_lambda_ric (3.x), and lambda-facts 6, 7, 8.
# Runs on Ruby 3.1 and later, and on nothing but its own library. It is started with --disable-gems, so that what it
# requires is no gem that a function's Gemfile could be in conflict with; RubyGems comes after that.

require 'json'
require 'logger'
require 'stringio'
require 'time'
require 'rubygems'
# As Ruby's own start does. Absent from some builds: messages are then without their suggestions.
%w[error_highlight did_you_mean syntax_suggest/core_ext].each do |name|
  require name
rescue LoadError # Nothing else depends on it.
  nil
end

require_relative 'channel'
require_relative 'context'
require_relative 'errors'
require_relative 'handler'
require_relative 'log'

module Lambent
  # Runs one function.
  class Runner
    def initialize(channel)
      @channel = channel
    end

    # Ends with the process: when the platform hangs up, or the function has made it useless.
    def run
      @channel.send(Channel::READY)
      loop do
        kind, payload = @channel.receive
        case kind
        when Channel::INIT then initialise(JSON.parse(payload))
        when Channel::INVOKE then invoke(payload) if @handler
        # The platform has ended the environment. User code gets no say in that: no at_exit.
        when nil then exit!(0)
        end
      end
    end

    def initialise(message)
      become(message)
      handler = LambdaHandler.new(message['handler'])
      require handler.file
      @handler = handler
      @channel.send(Channel::INIT_DONE)
    rescue Exception => e # rubocop:disable Lint/RescueException -- also `exit` and syntax errors are told, as on AWS.
      payload = Errors.payload(e, 'Init')
      Errors.log(payload, 'Init error when loading handler ')
      @channel.send(Channel::INIT_ERROR, payload.to_json)
    end

    def invoke(payload)
      head, event = invocation(payload)
      $_global_aws_request_id = head['requestId'] # AWS's own name: functions' log formatters read it.
      ENV['_X_AMZN_TRACE_ID'] = head['traceId'] if head['traceId']
      answer = @handler.call(JSON.parse(event), LambdaContext.new(head))
      @channel.send(Channel::RESPONSE, answer)
    rescue NameError => e
      fail_for_good(e)
    rescue StandardError => e
      error = Errors.payload(e, 'Function')
      Errors.log(error, 'Error raised from handler method')
      @channel.send(Channel::ERROR, error.to_json)
    rescue Exception => e # rubocop:disable Lint/RescueException -- the platform is told before the process ends.
      fail_for_good(e)
    end

    private

    # Makes this process the function's: variables, directory, where it finds code. Before any of its code.
    def become(message)
      ENV.update(message['env'])
      root = message['taskRoot']
      Dir.chdir(root)
      # Ruby and RubyGems have read these at their start, before the function's values were known.
      first = [root, *ENV.fetch('RUBYLIB', '').split(File::PATH_SEPARATOR).reject(&:empty?)].uniq
      $LOAD_PATH.replace(first + ($LOAD_PATH - first))
      Gem.clear_paths
    end

    def invocation(payload)
      length = payload.unpack1('V')
      head = JSON.parse(payload.byteslice(4, length).force_encoding(Encoding::UTF_8))
      [head, payload.byteslice(4 + length, payload.bytesize).force_encoding(Encoding::UTF_8)]
    end

    # AWS ends the runtime after what it takes for a broken program: an unknown name, `exit`, no memory.
    def fail_for_good(error)
      payload = Errors.payload(error, 'Function')
      Errors.log(payload, 'Critical exception from handler')
      @channel.send(Channel::FATAL, payload.to_json)
      exit(255)
    end
  end

  # Takes what the warm-up answers.
  class SilentChannel
    def send(kind, payload = '') end
  end

  # Runs a function of our own through the same code as a customer's: a first run is slow.
  def self.warm_up(log_sink)
    log_sink.silent = true
    before = [ENV.to_h, Dir.pwd, $LOAD_PATH.dup]
    runner = Runner.new(SilentChannel.new)
    runner.initialise({ 'env' => {}, 'taskRoot' => __dir__, 'handler' => 'warm-up.lambda_handler' })
    head = { requestId: '-', deadlineMs: 0, invokedArn: '-', clientContext: '{}', cognitoIdentity: '{}' }.to_json
    2.times { runner.invoke([head.bytesize].pack('V') + head + '{"key":["value",1,null]}') }
    ENV.replace(before[0])
    Dir.chdir(before[1])
    $LOAD_PATH.replace(before[2])
    $LOADED_FEATURES.reject! { |path| path.start_with?("#{__dir__}/warm-up") }
    Object.send(:remove_method, :lambda_handler)
    $_global_aws_request_id = nil
    log_sink.silent = false
  end
end

channel = Lambent::Channel.new
$stdout.sync = true
log_sink = Lambent.set_up_logging
Lambent.warm_up(log_sink)
Lambent::Runner.new(channel).run
