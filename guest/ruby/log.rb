# frozen_string_literal: true

module Lambent
  # Descriptor 4: one record is one log event, whatever newlines it holds. As a log device it takes loggers' lines.
  class LogSink < Logger::LogDevice
    TEXT_RECORD = 0xa55a0003

    attr_writer :silent

    def initialize # rubocop:disable Lint/MissingSuper -- it would open a file.
      @file = IO.for_fd(4, 'wb', autoclose: false)
      @file.close_on_exec = true
      @file.sync = true
      @mutex = Mutex.new
      @silent = false
    end

    def write(message)
      return if @silent

      microseconds = Process.clock_gettime(Process::CLOCK_REALTIME, :microsecond)
      head = [TEXT_RECORD, message.bytesize, microseconds].pack('L>L>Q>')
      @mutex.synchronize { @file.write(head, message) }
    rescue SystemCallError, IOError
      nil # Nobody reads any more, or user code closed the descriptor: there is nobody to tell.
    end

    def reopen(_log = nil) = self
    def close = nil
  end

  # AWS's format of a logger's line: the standard one, with the request's id.
  class LogFormatter < Logger::Formatter
    def call(severity, time, progname, message)
      line = format('%<letter>s, [%<time>s #%<process>d] %<severity>5s %<request_id>s -- %<progname>s: %<message>s',
                    letter: severity[0], time: format_datetime(time), process: Process.pid, severity: severity,
                    request_id: $_global_aws_request_id, progname: progname, message: msg2str(message))
      line.encode(Encoding::UTF_8)
    end
  end

  # Loggers that were made for the console write records instead, as on AWS.
  module ConsoleLogger
    def initialize(device = nil, *args, formatter: nil, **options)
      return super(device, *args, formatter: formatter, **options) if device && device != $stdout && device != $stderr

      super(Lambent.log_sink, *args, formatter: formatter || LogFormatter.new, **options)
    end
  end

  class << self
    attr_reader :log_sink

    def set_up_logging
      @log_sink = LogSink.new
      Logger.prepend(ConsoleLogger)
      sink = @log_sink
      # `puts` is one event, as on AWS; `print`, `p` and `$stdout.puts` are lines of output.
      Kernel.define_method(:puts) do |*values|
        text = values.flatten.map { |value| value.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace) }
                     .join("\n")
        sink.write(text.end_with?("\n") ? text : "#{text}\n")
        nil
      end
      @log_sink
    end
  end
end
