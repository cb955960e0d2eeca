using Gateway.Lab.Native;

namespace Gateway.Lab.Linking;

/// <summary>Threads that run when their time has come, whatever else the machine does.</summary>
internal static unsafe class RealtimeThread
{
    /// <summary>Starts a background thread with the highest priority that this process may have.</summary>
    public static void Start(string name, ThreadStart body)
    {
        var thread = new Thread(() =>
        {
            Raise();
            body();
        });
        (thread.IsBackground, thread.Name) = (true, name);
        thread.Start();
    }

    private static void Raise()
    {
        // Timers of ordinary threads may be late by 50 microseconds to save power (PR_SET_TIMERSLACK, prctl(2)).
        _ = LibC.prctl(LibC.PR_SET_TIMERSLACK, 1, 0, 0, 0);

        // The lowest real-time priority is above every ordinary thread; niceness is what is left without CAP_SYS_NICE.
        var priority = 1;
        if (LibC.sched_setscheduler(0, LibC.SCHED_FIFO, &priority) != 0)
        {
            _ = LibC.setpriority(LibC.PRIO_PROCESS, 0, -20);
        }
    }
}
