using Gateway.Stamp;
using LibBpf;

try
{
    return args is [Guard.Word, ..] ? Guard.Run(args[1..]) : StampCommand.Run(args);
}
catch (StampException e)
{
    Console.Error.WriteLine($"headstart-stamp: {e.Message}");
    return e.ExitCode;
}
catch (BpfException e)
{
    Console.Error.WriteLine($"headstart-stamp: {e.Message}");
    return StampException.Failed;
}
