using System.Runtime.CompilerServices;

namespace Gateway.Model;

/// <summary>
/// Goes on on a thread of the pool, unless it runs on one already. What follows a wait for a socket runs on one of the threads that watch all sockets
/// (<see cref="InlineSockets"/>): a warm request is served there, and whatever may take longer leaves it to the other connections.
/// </summary>
internal readonly struct PoolThread : ICriticalNotifyCompletion
{
    /// <summary>Is awaited to get onto a thread of the pool.</summary>
    public static PoolThread EnterAsync() => default;

    /// <summary>Calls a method on a thread of the pool.</summary>
    public static async Task RunAsync<T>(Func<T, Task> method, T argument)
    {
        await EnterAsync();
        await method(argument);
    }

    public bool IsCompleted => Thread.CurrentThread.IsThreadPoolThread;

    public PoolThread GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static action => action(), continuation, preferLocal: false);

    public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
}
