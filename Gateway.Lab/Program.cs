using Gateway.Lab.Commands;
using Gateway.Lab.Linking;

return args switch
{
    ["link", .. var rest] => LinkWorker.Run(rest),
    ["hold", .. var rest] => await HoldCommand.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Gateway.Lab doctor | hold [--docker]");
    return 2;
}
