// CLIP's routes and one of its own in an ASP.NET Core application:
// dotnet run -c Release --project samples/ZeroShotApi -- --ClipSharp:Model MODEL
// then: curl -F image=@cat.jpg -F labels="a cat,a dog" localhost:5000/v1/zero-shot
// and:  curl --data-binary @cat.jpg "localhost:5000/is?what=a+cat"
using ClipSharp;
using ClipSharp.Server;
using ClipSharp.Torch;

var builder = WebApplication.CreateSlimBuilder(args); // options by the command line, appsettings.json or ClipSharp__Model
builder.Services.AddClipSharp(options => TorchClip.Load(options.Model));
await using var app = builder.Build();

app.UseStatusCodePages();
app.MapClipSharp(); // /v1/embeddings, /v1/zero-shot, /health, /metrics, /scalar ...
app.MapHealthChecks("/healthz"); // the model is among the checks

// The same model, the same batches: it waits for the model where that is still being loaded.
app.MapPost("/is", async (string what, HttpRequest upload, Clip clip, CancellationToken cancel) =>
{
    try
    {
        var named = await clip.ClassifyAsync(upload.Body, [what, "something else"], cancel: cancel);
        return Results.Ok(new { Is = named[0].Label == what, named.Single(each => each.Label == what).Probability });
    }
    catch (ClipException e) when (e.Kind is ClipError.Data)
    {
        return Results.Problem(e.Message, statusCode: StatusCodes.Status400BadRequest); // the upload is at fault
    }
});

await app.StartAsync();
try
{
    await app.Services.GetRequiredService<ServedModel>().Ready;
}
catch (ClipException e)
{
    Console.Error.WriteLine(e.Message); // a wrong model ends the program
    return (int)e.Kind;
}

await app.WaitForShutdownAsync();
return 0;
