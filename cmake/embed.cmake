# cmake -DINPUT=f -DOUTPUT=f.cc -DFUNCTION=name -DHEADER=h -P embed.cmake: a text file as a C++ function that answers it.
file(READ ${INPUT} TEXT)
# A raw string literal may be 64 KiB at most in some compilers: cut into pieces that the compiler joins.
string(LENGTH "${TEXT}" SIZE)
set(PIECES "")
set(AT 0)
while(AT LESS SIZE)
  string(SUBSTRING "${TEXT}" ${AT} 8000 PIECE)
  string(APPEND PIECES "    R\"cdp_embed(${PIECE})cdp_embed\"\n")
  math(EXPR AT "${AT} + 8000")
endwhile()
file(WRITE ${OUTPUT} "// Generated from ${INPUT}.\n#include \"${HEADER}\"\n\nnamespace cdp::app {\n\nstd::string_view ${FUNCTION}() {\n  return\n${PIECES}  ;\n}\n\n}  // namespace cdp::app\n")
