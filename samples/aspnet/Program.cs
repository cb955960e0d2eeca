// A minimal ASP.NET Core program, as its templates make it.
var builder = WebApplication.CreateSlimBuilder(args);
var app = builder.Build();
app.MapGet("/", () => "aspnet\n");
await app.RunAsync();
