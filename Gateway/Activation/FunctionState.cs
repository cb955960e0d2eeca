namespace Gateway.Activation;

/// <summary>A function's state: its most awake instance's, as the admin endpoint names it.</summary>
internal enum FunctionState
{
    Stopped,
    Initialized,
    Paused,
    Starting,
    Running,
    Draining,
    Failed,
}
