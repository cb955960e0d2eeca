using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Forwarding.Async;

/// <summary>Takes what a function answers to a kept request, up to a largest size.</summary>
/// <param name="maxBody">The largest body, in bytes.</param>
internal sealed class ReplayedAnswer(long maxBody) : HttpResponseFeature, IHttpRequestLifetimeFeature, IDisposable
{
    private readonly Stack<(Func<object, Task> Callback, object State)> _starting = [];
    private readonly Stack<(Func<object, Task> Callback, object State)> _completed = [];
    private readonly CancellationTokenSource _aborted = new();
    private readonly MemoryStream _body = new();
    private bool _hasStarted;

    private long MaxBody => maxBody;

    public override bool HasStarted => _hasStarted;

    /// <summary>Whether the function's body is larger than what is kept.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Whether the answer broke off: of a client's connection, it would have been ended.</summary>
    public bool IsBroken { get; private set; }

    public CancellationToken RequestAborted
    {
        get => _aborted.Token;
        set => throw new NotSupportedException();
    }

    /// <summary>The body as far as it has come.</summary>
    public byte[] Content => _body.ToArray();

    /// <summary>Returns the stream that takes the body.</summary>
    public StreamResponseBodyFeature Receive() => new Receiver(this);

    public override void OnStarting(Func<object, Task> callback, object state) => _starting.Push((callback, state));

    public override void OnCompleted(Func<object, Task> callback, object state) => _completed.Push((callback, state));

    public void Abort()
    {
        IsBroken = true;
        _aborted.Cancel();
    }

    /// <summary>Begins the answer, if that has not been done: what was to be done before its headers are sent is done now.</summary>
    public async Task StartAsync()
    {
        while (!_hasStarted && _starting.TryPop(out var next))
        {
            await next.Callback(next.State);
        }

        _hasStarted = true;
    }

    /// <summary>Does what was to be done when the answer has been sent, or cannot be.</summary>
    public async Task CompleteAsync()
    {
        while (_completed.TryPop(out var next))
        {
            await next.Callback(next.State);
        }
    }

    public void Dispose()
    {
        _aborted.Dispose();
        _body.Dispose();
    }

    private sealed class Receiver(ReplayedAnswer answer) : StreamResponseBodyFeature(new Sink(answer))
    {
        public override Task StartAsync(CancellationToken cancellationToken = default) => answer.StartAsync();
    }

    private sealed class Sink(ReplayedAnswer answer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await answer.StartAsync();
            if (answer._body.Length + buffer.Length > answer.MaxBody)
            {
                answer.IsTooLarge = true;
                throw new IOException("The answer is larger than what is kept.");
            }

            answer._body.Write(buffer.Span);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => answer.StartAsync();

        // ASP.NET Core writes answers without blocking.
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
