namespace Gateway.Lab.Reports;

/// <summary>A gateway under spoofed SYNs from random sources to the addresses of all its functions. Times in milliseconds.</summary>
/// <param name="Hook">The kernel program that sees a SYN first.</param>
/// <param name="Functions">How many functions there are, each with an address of its own.</param>
/// <param name="Seconds">How long the flood lasted.</param>
/// <param name="SynsPerSecond">How many SYNs a second were sent.</param>
/// <param name="Told">How many of them the kernel told the gateway of.</param>
/// <param name="Started">How many functions were started by a SYN, honest ones among them.</param>
/// <param name="Processor">The gateway's processor time while it had nothing but the flood to do, as a part of one core.</param>
/// <param name="EventsProcessor">Of that, the time of the thread that reads the kernel's events and decides what they wake.</param>
/// <param name="HonestAsked">How many functions at rest an honest client asked.</param>
/// <param name="HonestAnswered">How many of these requests were answered 200.</param>
/// <param name="HonestBySyn">How many of their cold starts began at the SYN.</param>
/// <param name="HonestByEstablished">How many of them began when the connection was established.</param>
/// <param name="ColdP50">Their time from the connection to the answer.</param>
/// <param name="ColdP50Before">The same before the flood.</param>
/// <param name="WarmP99">A warm request's time, by a connection of its own.</param>
/// <param name="WarmP99Before">The same before the flood.</param>
/// <param name="AwakeAfter">How many functions that no honest client had asked were not at rest ten seconds after the flood.</param>
public sealed record FloodCell(
    string Hook, int Functions, double Seconds, double SynsPerSecond, double Told, double Started, double Processor, double EventsProcessor, int HonestAsked, int HonestAnswered,
    int HonestBySyn, int HonestByEstablished, double ColdP50, double ColdP50Before, double WarmP99, double WarmP99Before, int AwakeAfter);
