from trustweb.cli import main

main()
