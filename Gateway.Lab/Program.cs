using Gateway.Lab;
using Gateway.Lab.Commands;
using Gateway.Lab.Linking;

try
{
    return args switch
    {
        ["bench", .. var rest] => await BenchCommand.RunAsync(rest),
        ["client", .. var rest] => await ClientCommand.RunAsync(rest),
        ["doctor"] => await DoctorCommand.RunAsync(),
        ["echo", .. var rest] => await EchoCommand.RunAsync(rest),
        ["hold", .. var rest] => await HoldCommand.RunAsync(rest),
        ["reference"] => await ReferenceCommand.RunAsync(),
        ["link", .. var rest] => LinkWorker.Run(rest),
        ["tcp", .. var rest] => await TcpCommand.RunAsync(rest),
        ["simulate", .. var rest] => await SimulateCommand.RunAsync(rest),
        ["worker"] => await WorkerCommand.RunAsync(),
        _ => Usage(),
    };
}
catch (LabException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: Gateway.Lab bench CASE        measures; ./bench builds what it needs and calls it
               Gateway.Lab client            asks the gateway of ./run from far away; ./run client builds what it needs and calls it
               Gateway.Lab doctor            tells what of the lab works on this machine
               Gateway.Lab echo h1|h2c       a function on PORT that answers with the request as it reached it
               Gateway.Lab hold [--docker]   makes a lab and keeps it until standard input ends
               Gateway.Lab reference         writes docs/reference.md: each key with its default, an example and a mistake
               Gateway.Lab worker            a function on PORT that takes its time, or fails, as its query says
               Gateway.Lab simulate          a week of 200 functions under the gateway's rest policy and a fixed keep-alive
        """);
    return 2;
}
