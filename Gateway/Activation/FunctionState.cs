namespace Gateway.Activation;

/// <summary>The state of a function, which is that of its most awake instance, as the admin endpoint names it.</summary>
internal enum FunctionState
{
    Stopped,
    Initialized,
    PagedOut,
    Paused,
    Starting,
    Running,
    Draining,
    Failed,
}
