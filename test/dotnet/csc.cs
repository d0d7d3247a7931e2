// Roslyn's command line, as far as the tests and Lambent use it: what an SDK has in sdk/*/Roslyn/bincore/csc.dll.
using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

var parsed = CSharpCommandLineParser.Default.Parse(args, Directory.GetCurrentDirectory(), null);
var trees = parsed.SourceFiles.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file.Path), parsed.ParseOptions, file.Path, Encoding.UTF8));
var references = parsed.MetadataReferences.Select(one => MetadataReference.CreateFromFile(one.Reference));
var name = Path.GetFileNameWithoutExtension(parsed.OutputFileName);
var compilation = CSharpCompilation.Create(name, trees, references, parsed.CompilationOptions);
using var library = new MemoryStream();
var result = compilation.Emit(library, options: parsed.EmitOptions);
var said = parsed.Errors.Concat(result.Diagnostics).Where(one => one.Severity == DiagnosticSeverity.Error).ToArray();
foreach (var one in said) Console.WriteLine(one);
if (said.Length > 0) return 1;
File.WriteAllBytes(Path.Combine(parsed.OutputDirectory, parsed.OutputFileName), library.ToArray());
return 0;
